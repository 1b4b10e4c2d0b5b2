import type { Axis } from './axis.ts'

/** Lines in a plane, one per policy, aligned with the report's policies. */
export interface LineChart {
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
  /** All lines share their xs: the pointer reads the nearest of them instead of a value between two. */
  readonly snap: boolean
}

/** `ys[i]` belongs to `xs[i]`; null is a gap. */
export interface Line {
  readonly xs: readonly number[]
  readonly ys: readonly (number | null)[]
}

/** Enough digits for a screen, few enough for a small file. */
export const rounded = (value: number): number => Number(value.toPrecision(4))
