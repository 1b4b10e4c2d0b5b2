import type { PolicyRun } from '../result.ts'
import { makespanMs } from '../summary.ts'
import { fleetLoad } from './fleet-load.ts'
import type { FleetLoad } from './fleet-load.ts'
import { hitRatios } from './hit-ratios.ts'
import type { HitRatios } from './hit-ratios.ts'
import type { LineChart } from './line-chart.ts'
import { ttftCdf } from './ttft-cdf.ts'
import { ttftOverTime } from './ttft-over-time.ts'

/** What the script of the page draws from. Its size is bounded whatever the length of the trace. */
export interface ReportData {
  readonly policies: readonly string[]
  readonly cdf: LineChart
  readonly ttftP50: LineChart
  readonly ttftP90: LineChart
  readonly load: FleetLoad
  readonly hits: HitRatios
}

export function reportData(runs: readonly PolicyRun[]): ReportData {
  const lastArrivalMs = runs.reduce((latest, { requests }) => Math.max(latest, requests.at(-1)?.atMs ?? 0), 1)
  const endMs = runs.reduce((latest, { requests }) => Math.max(latest, makespanMs(requests)), lastArrivalMs)
  return {
    policies: runs.map(({ name }) => name),
    cdf: ttftCdf(runs),
    ttftP50: ttftOverTime(runs, { fraction: 0.5, endMs: lastArrivalMs }),
    ttftP90: ttftOverTime(runs, { fraction: 0.9, endMs: lastArrivalMs }),
    load: fleetLoad(runs, endMs),
    hits: hitRatios(runs),
  }
}
