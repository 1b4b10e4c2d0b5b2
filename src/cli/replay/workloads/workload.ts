import type { Random } from '../../../random.ts'
import type { TraceRequest } from '../trace.ts'

/** A generated trace: one file here, one line in the index. Equal options and chance give equal requests. */
export interface Workload {
  readonly name: string
  readonly doc: string
  readonly defaults: WorkloadSize
  /** Requests in order of arrival, times in whole ms, the first at 0. */
  readonly generate: (size: WorkloadSize, random: Random) => readonly TraceRequest[]
}

export interface WorkloadSize {
  readonly requestsPerSecond: number
  readonly requests: number
}
