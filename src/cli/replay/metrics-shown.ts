import { formatCount, formatMs, formatPercent } from './format.ts'
import type { PolicySummary } from './summary.ts'

/** A column of the summary, in the terminal and in the report. */
export interface ShownMetric {
  readonly title: string
  readonly value: (summary: PolicySummary) => number | undefined
  readonly format: (value: number | undefined) => string
  /** Which end is good; absent where a comparison would say nothing. */
  readonly best?: 'lowest' | 'highest'
  /** Columns with a higher number go first when the terminal is narrow. */
  readonly dropOrder: number
}

export const metricsShown: readonly ShownMetric[] = [
  { title: 'TTFT p50', value: ({ ttftMs }) => ttftMs?.p50, format: formatMs, best: 'lowest', dropOrder: 0 },
  { title: 'TTFT p90', value: ({ ttftMs }) => ttftMs?.p90, format: formatMs, best: 'lowest', dropOrder: 0 },
  { title: 'TTFT p99', value: ({ ttftMs }) => ttftMs?.p99, format: formatMs, best: 'lowest', dropOrder: 2 },
  { title: 'TPOT p50', value: ({ tpotMs }) => tpotMs?.p50, format: formatMs, best: 'lowest', dropOrder: 3 },
  {
    title: 'out tok/s',
    value: ({ outputTokensPerSecond }) => outputTokensPerSecond,
    format: formatCount,
    best: 'highest',
    dropOrder: 0,
  },
  {
    title: 'hit',
    value: ({ prefixHitRatio }) => prefixHitRatio,
    format: formatPercent,
    best: 'highest',
    dropOrder: 1,
  },
  { title: 'done', value: ({ completed }) => completed, format: formatCount, dropOrder: 4 },
  { title: 'failed', value: ({ failed }) => failed, format: formatCount, best: 'lowest', dropOrder: 1 },
]

/** What each policy shows in one column, and whether it is the best there: as shown, so that equal looks are equal. */
export function shownColumn(
  metric: ShownMetric,
  summaries: readonly PolicySummary[],
): readonly { readonly text: string; readonly best: boolean }[] {
  const values = summaries.map(metric.value)
  const known = values.filter((value) => value !== undefined)
  const texts = values.map(metric.format)
  if (metric.best === undefined || new Set(texts).size < 2) return texts.map((text) => ({ text, best: false }))
  const best = metric.format(metric.best === 'lowest' ? Math.min(...known) : Math.max(...known))
  return texts.map((text) => ({ text, best: text === best }))
}
