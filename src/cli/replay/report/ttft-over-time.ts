import { ascending, quantile } from '../distribution.ts'
import type { PolicyRun, RequestOutcome } from '../result.ts'
import { latencyAxis, timeAxis } from './axis.ts'
import { rounded } from './line-chart.ts'
import type { LineChart } from './line-chart.ts'

/** A percentile of TTFT among the requests that arrived in each stretch of time. */
export function ttftOverTime(
  runs: readonly PolicyRun[],
  { fraction, endMs }: { readonly fraction: number; readonly endMs: number },
): LineChart {
  const stretches = stretchCount(Math.max(...runs.map(({ requests }) => requests.length)))
  const stretchMs = endMs / stretches
  const xs = Array.from({ length: stretches }, (_, index) => rounded((index + 0.5) * stretchMs))
  const lines = runs.map(({ requests }) => ({
    xs,
    ys: byArrival(requests, stretches, stretchMs).map((values) =>
      values.length === 0 ? null : rounded(quantile(ascending(values), fraction)),
    ),
  }))
  const label = `TTFT p${fraction * 100}`
  const values = lines.flatMap(({ ys }) => ys.filter((y) => y !== null))
  return { x: timeAxis(endMs), y: latencyAxis(label, values), lines, snap: true }
}

/** At least 40 requests to a stretch, that a p90 has four above it; at most as many stretches as are told apart. */
const stretchCount = (requests: number): number => Math.min(120, Math.max(1, Math.floor(requests / 40)))

function byArrival(
  requests: readonly RequestOutcome[],
  count: number,
  stretchMs: number,
): readonly (readonly number[])[] {
  const groups = Array.from({ length: count }, (): number[] => [])
  for (const { atMs, ttftMs } of requests) {
    if (ttftMs !== undefined) groups[Math.min(count - 1, Math.floor(atMs / stretchMs))]?.push(ttftMs)
  }
  return groups
}
