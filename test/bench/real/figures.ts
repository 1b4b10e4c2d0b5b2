import type { PolicySummary } from '../../../src/cli/replay/summary.ts'
import { type BenchRow, compared } from '../bench.ts'
import { OURS } from './fronts.ts'
import { median } from './median.ts'

/** What one run came to; undefined where nothing completed. */
export interface Figures {
  readonly front: string
  readonly ttftP50Ms: number | undefined
  readonly ttftP90Ms: number | undefined
  readonly outputTokensPerSecond: number | undefined
  /** Hit over queried prompt tokens. Measured: the engines' own counters. */
  readonly prefixHitRatio: number | undefined
  readonly failed: number
}

export function figuresOf(
  front: string,
  { ttftMs, outputTokensPerSecond, prefixHitRatio, failed }: Omit<PolicySummary, 'name'>,
): Figures {
  return { front, ttftP50Ms: ttftMs?.p50, ttftP90Ms: ttftMs?.p90, outputTokensPerSecond, prefixHitRatio, failed }
}

type Figure = Exclude<keyof Figures, 'front' | 'failed'>

const shown: readonly { readonly figure: Figure; readonly title: string; readonly unit: string }[] = [
  { figure: 'ttftP50Ms', title: 'TTFT p50', unit: 'ms' },
  { figure: 'ttftP90Ms', title: 'TTFT p90', unit: 'ms' },
  { figure: 'outputTokensPerSecond', title: 'output', unit: 'tok/s' },
  { figure: 'prefixHitRatio', title: 'prefix hit', unit: '' },
]

/** Ours against each other front: medians over rounds. */
export function comparisonRows(measured: readonly Figures[]): readonly BenchRow[] {
  const peers = namesIn(measured).filter((name) => name !== OURS)
  return peers.flatMap((peer) =>
    shown.map(({ figure, title, unit }) =>
      compared({
        name: `real ${title}`,
        unit,
        peer,
        value: medianOf(measured, OURS, figure),
        peerValue: medianOf(measured, peer, figure),
      }),
    ),
  )
}

/** Requests without a whole answer, over all rounds. */
export function failureRows(measured: readonly Figures[]): readonly BenchRow[] {
  return namesIn(measured).map((front) => ({
    name: `real failed requests ${front}`,
    unit: '',
    value: measured.reduce((sum, one) => sum + (one.front === front ? one.failed : 0), 0),
  }))
}

/** What `replay` said against what was measured: medians over rounds. */
export function predictionRows(predicted: readonly Figures[], measured: readonly Figures[]): readonly BenchRow[] {
  return namesIn(predicted).flatMap((front) =>
    shown.map(({ figure, title, unit }) =>
      compared({
        name: `predicted ${title} ${front}`,
        unit,
        peer: 'measured',
        value: medianOf(predicted, front, figure),
        peerValue: medianOf(measured, front, figure),
      }),
    ),
  )
}

/** Of several runs of each front, the medians. */
export function mediansByFront(all: readonly Figures[]): readonly Figures[] {
  return namesIn(all).map((front) => ({
    front,
    ttftP50Ms: medianOf(all, front, 'ttftP50Ms'),
    ttftP90Ms: medianOf(all, front, 'ttftP90Ms'),
    outputTokensPerSecond: medianOf(all, front, 'outputTokensPerSecond'),
    prefixHitRatio: medianOf(all, front, 'prefixHitRatio'),
    failed: Math.max(...all.filter((one) => one.front === front).map(({ failed }) => failed)),
  }))
}

export function figuresLine({ front, ...figures }: Figures): string {
  const one = (value: number | undefined, digits: number): string => (value === undefined ? '–' : value.toFixed(digits))
  const hit = figures.prefixHitRatio === undefined ? undefined : figures.prefixHitRatio * 100
  return (
    `${front.padEnd(14)} TTFT p50 ${one(figures.ttftP50Ms, 0)} ms, p90 ${one(figures.ttftP90Ms, 0)} ms, ` +
    `${one(figures.outputTokensPerSecond, 0)} tok/s, hit ${one(hit, 1)} %, ${figures.failed} failed`
  )
}

const namesIn = (figures: readonly Figures[]): readonly string[] => [...new Set(figures.map(({ front }) => front))]

/** NaN when a round has none: a median of the others would hide it. */
function medianOf(all: readonly Figures[], front: string, figure: Figure): number {
  const values = all.filter((one) => one.front === front).map((one) => one[figure])
  const known = values.filter((value) => value !== undefined)
  return known.length < values.length ? Number.NaN : median(known)
}
