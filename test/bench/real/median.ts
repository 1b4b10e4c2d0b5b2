import { ascending, quantile } from '../../../src/cli/replay/distribution.ts'

/** Of at least one value. */
export const median = (values: readonly number[]): number => quantile(ascending(values), 0.5)
