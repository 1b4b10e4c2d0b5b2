/** One figure; with a peer, `ratio` is ours over the peer's. Units: rates end in `/s`, costs are times or bytes. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly peer?: string
  readonly peerValue?: number
  readonly ratio?: number
}

export interface BenchContext {
  /** End within 40 s on 2 cores; the start of real components is not counted. */
  readonly quick: boolean
  /** Against real components (`npm run e2e:setup`) instead of models of them. */
  readonly real: boolean
  readonly say: (line: string) => void
}

export interface Bench {
  readonly name: string
  readonly doc: string
  /** Whether it can be run with `real`. */
  readonly hasReal?: true
  run(context: BenchContext): Promise<readonly BenchRow[]>
}

export function compared(row: {
  name: string
  value: number
  unit: string
  peer: string
  peerValue: number
}): BenchRow {
  return { ...row, ratio: row.value / row.peerValue }
}
