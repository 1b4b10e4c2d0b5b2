/** What a replay was run with. */
export interface ReplayParameters {
  /** Name of the trace file or the workload. */
  readonly trace: string
  readonly engine: string
  readonly replicas: number
  /** Factor on the arrival rate. */
  readonly speed: number
  readonly seed: number
}
