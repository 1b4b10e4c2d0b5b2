import type { Problem } from '../../errors.ts'
import { ConfigError } from '../../errors.ts'
import { createRandom } from '../../random.ts'
import { readTrace } from './read-trace.ts'
import type { Trace } from './trace.ts'
import { workloads } from './workloads/index.ts'

/** Where the requests come from: a file or a workload. */
export interface TraceChoice {
  readonly path: string | undefined
  readonly workload: string | undefined
  /** Requests per second of a workload. */
  readonly rate: number | undefined
  readonly limit: number | undefined
  readonly seed: number
  readonly skipBadLines: boolean
}

/** Throws a ConfigError unless exactly one source is named and the options fit it. */
export function checkTraceChoice({ path, workload, rate, skipBadLines }: TraceChoice): void {
  const problems: Problem[] = []
  if (path === undefined && workload === undefined) {
    problems.push({ path: 'TRACE', value: 'nothing', expected: 'a trace file, or --workload' })
  }
  if (path !== undefined && workload !== undefined) {
    problems.push({
      path: '--workload',
      value: `${workload} beside ${path}`,
      expected: 'a trace file or a workload, not both',
    })
  }
  if (rate !== undefined && workload === undefined) {
    problems.push({
      path: '--rate',
      value: `${rate}`,
      expected: '--workload with it; --speed changes the rate of a trace file',
    })
  }
  if (skipBadLines && path === undefined) {
    problems.push({ path: '--skip-bad-lines', value: 'true', expected: 'a trace file with it' })
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

/** Reads or generates what `checkTraceChoice` has let through. */
export async function chooseTrace({ path, workload, rate, limit, seed, skipBadLines }: TraceChoice): Promise<Trace> {
  if (path !== undefined) return readTrace(path, { skipBadLines, limit })
  const kind = workloads.find(({ name }) => name === workload)
  if (kind === undefined) throw new ConfigError([{ path: '--workload', value: `${workload}`, expected: 'a workload' }])
  const size = { requestsPerSecond: rate ?? kind.defaults.requestsPerSecond, requests: limit ?? kind.defaults.requests }
  return { name: kind.name, requests: kind.generate(size, createRandom(seed)), skippedLines: 0 }
}
