import { agentic } from './agentic.ts'
import { hotPrefix } from './hot-prefix.ts'
import { multiTurn } from './multi-turn.ts'
import { w0 } from './w0.ts'
import type { Workload } from './workload.ts'

export const workloads: readonly Workload[] = [w0, hotPrefix, multiTurn, agentic]
