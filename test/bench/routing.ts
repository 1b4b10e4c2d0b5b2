import { stat } from 'node:fs/promises'
import { policies } from '../../router/index.ts'
import { readTrace } from '../../src/cli/replay/read-trace.ts'
import { runReplay } from '../../src/cli/replay/run.ts'
import { type PolicySummary, summarize } from '../../src/cli/replay/summary.ts'
import type { Trace } from '../../src/cli/replay/trace.ts'
import { workloads } from '../../src/cli/replay/workloads/index.ts'
import { createRandom } from '../../src/random.ts'
import { engineProfile } from '../../src/simulation/profiles.ts'
import { type Bench, type BenchContext, type BenchRow, compared } from './bench.ts'
import { routingReal } from './real/routing-real.ts'

const OURS = 'warmpath'
const REPLICAS = 8
const PROFILE = engineProfile('qwen3-32b-tp2-h100')
/** Published by kvcache-ai/Mooncake as FAST25-release/traces/conversation_trace.jsonl. */
const MOONCAKE = new URL('../../../shared/traces/conversation_trace.jsonl', import.meta.url).pathname

interface Case {
  readonly workload: string
  readonly rate: number
  readonly peers: readonly string[]
}

const cases: readonly Case[] = [
  { workload: 'w0', rate: 20, peers: ['llm-d', 'llm-d-sticky', 'round-robin'] },
  { workload: 'w0', rate: 30, peers: ['llm-d', 'llm-d-sticky', 'round-robin'] },
  { workload: 'w0', rate: 40, peers: ['llm-d', 'llm-d-sticky', 'round-robin'] },
  { workload: 'hot-prefix', rate: 40, peers: ['least-request', 'llm-d', 'llm-d-sticky'] },
  { workload: 'multi-turn', rate: 60, peers: ['least-request', 'llm-d', 'llm-d-sticky'] },
  { workload: 'agentic', rate: 4, peers: ['least-request', 'llm-d', 'llm-d-sticky'] },
  { workload: 'agentic', rate: 10, peers: ['least-request', 'llm-d', 'llm-d-sticky'] },
]

export const routing: Bench = {
  name: 'routing',
  doc: 'the default policy against the others in the engine model: means over five seeds, losing rows shown; --real: real vLLMs',
  hasReal: true,
  async run(context) {
    if (context.real) return routingReal(context)
    const seeds = context.quick ? [1, 2] : [1, 2, 3, 4, 5]
    const rows: BenchRow[] = []
    for (const one of cases) {
      context.say(`${one.workload} at ${one.rate}/s, seeds ${seeds.join(', ')}`)
      rows.push(...(await compare(`${one.workload} ${one.rate}/s`, one.peers, seeds, (seed) => generate(one, seed))))
    }
    return [...rows, ...(await realTrace(context))]
  },
}

function generate({ workload: name, rate }: Case, seed: number): Trace {
  const workload = workloads.find((one) => one.name === name)
  if (workload === undefined) throw new RangeError(`no workload ${name}`)
  const size = { requestsPerSecond: rate, requests: workload.defaults.requests }
  return { name, requests: workload.generate(size, createRandom(seed)), skippedLines: 0 }
}

async function realTrace({ quick, say }: BenchContext): Promise<readonly BenchRow[]> {
  if ((await stat(MOONCAKE).catch(() => undefined)) === undefined) {
    say(`left out: ${MOONCAKE} is not there`)
    return []
  }
  say(`${MOONCAKE}${quick ? ', first 2,000 requests' : ''}`)
  const trace = await readTrace(MOONCAKE, { skipBadLines: false, ...(quick ? { limit: 2000 } : {}) })
  return compare('mooncake', ['llm-d', 'llm-d-sticky', 'least-request', 'round-robin'], [1], () => trace)
}

async function compare(
  name: string,
  peers: readonly string[],
  seeds: readonly number[],
  traceOf: (seed: number) => Trace,
): Promise<readonly BenchRow[]> {
  const wanted = new Set([OURS, ...peers])
  const summaries: PolicySummary[] = []
  for (const seed of seeds) {
    const runs = await runReplay({
      trace: traceOf(seed),
      policies: policies.filter(({ type }) => wanted.has(type)),
      profile: PROFILE,
      replicas: REPLICAS,
      speed: 1,
      seed,
      blockTokens: PROFILE.blockTokens,
      routerBlockTokens: 64,
      metricsIntervalMs: 50,
      onProgress() {},
    })
    summaries.push(...runs.map((run) => summarize(run, REPLICAS)))
  }
  return peers.flatMap((peer) =>
    figures.map(({ figure, unit, read }) =>
      compared({
        name: `${name} ${figure}`,
        unit,
        peer,
        value: mean(summaries, OURS, read),
        peerValue: mean(summaries, peer, read),
      }),
    ),
  )
}

const figures: readonly { figure: string; unit: string; read: (summary: PolicySummary) => number | undefined }[] = [
  { figure: 'TTFT mean', unit: 'ms', read: ({ ttftMs }) => ttftMs?.mean },
  { figure: 'TTFT p50', unit: 'ms', read: ({ ttftMs }) => ttftMs?.p50 },
  { figure: 'TTFT p90', unit: 'ms', read: ({ ttftMs }) => ttftMs?.p90 },
  { figure: 'TTFT p99', unit: 'ms', read: ({ ttftMs }) => ttftMs?.p99 },
  { figure: 'output', unit: 'tok/s', read: ({ outputTokensPerSecond }) => outputTokensPerSecond },
  { figure: 'prefix hit', unit: '', read: ({ prefixHitRatio }) => prefixHitRatio },
]

function mean(
  summaries: readonly PolicySummary[],
  policy: string,
  read: (summary: PolicySummary) => number | undefined,
): number {
  const values = summaries.filter(({ name }) => name === policy).map((summary) => read(summary) ?? Number.NaN)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
