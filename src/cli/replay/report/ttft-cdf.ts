import { ascending, quantile } from '../distribution.ts'
import type { PolicyRun } from '../result.ts'
import { fractionAxis, latencyAxis } from './axis.ts'
import { rounded } from './line-chart.ts'
import type { Line, LineChart } from './line-chart.ts'

/** Which part of all requests had their first token within x. A failed request never has: its curve ends below 100 %. */
export function ttftCdf(runs: readonly PolicyRun[]): LineChart {
  const lines = runs.map(({ requests }) =>
    cdf(
      requests.flatMap(({ ttftMs }) => ttftMs ?? []),
      requests.length,
    ),
  )
  return {
    x: latencyAxis(
      'time to first token',
      lines.flatMap(({ xs }) => xs),
    ),
    y: fractionAxis('requests'),
    lines,
    snap: false,
  }
}

const points = 240
/** The tail is what an average hides: it gets points of its own. */
const fractions = [...Array.from({ length: points + 1 }, (_, index) => index / points), 0.998, 0.999, 0.9995].toSorted(
  (a, b) => a - b,
)

function cdf(values: readonly number[], all: number): Line {
  if (values.length === 0) return { xs: [], ys: [] }
  const sorted = ascending(values)
  return {
    xs: fractions.map((fraction) => rounded(quantile(sorted, fraction))),
    ys: fractions.map((fraction) => rounded((fraction * sorted.length) / all)),
  }
}
