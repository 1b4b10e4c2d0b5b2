import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WarmpathError } from '../../../src/errors.ts'
import { requirePart } from '../../e2e/parts/require-part.ts'
import { vllm } from '../../e2e/parts/vllm.ts'
import { pause } from '../../e2e/process.ts'
import { type ModelShape, writeModel } from '../../e2e/vllm/model.ts'
import { resetCache } from '../../e2e/vllm/script.ts'
import { servedModel, startVllms, stopVllms } from '../../e2e/vllm/start.ts'
import { type MetricsPage, readMetrics } from '../../support/metrics-page.ts'
import type { EngineSizes } from './fit.ts'

/** Real vLLMs that serve one model, and what is asked of them between runs. */
export interface Engines {
  readonly urls: readonly string[]
  readonly model: string
  /** As the first was started. */
  readonly command: string
  /** Forgets all cached prefixes; rejects with ENGINE_BUSY when requests still hold blocks. */
  chill(): Promise<void>
  /** Of one engine, once it has come to rest. */
  stepsOf(url: string): Promise<number>
  /** Counters of all engines added up, once they have come to rest. */
  totals(): Promise<EngineTotals>
  stop(): Promise<void>
}

export interface EngineTotals {
  /** Steps that gave a token. */
  readonly steps: number
  readonly queriedTokens: number
  readonly hitTokens: number
  readonly preemptions: number
}

/** Sizes of the model: on one core of the CPU below, 2,000 prompt tokens take more than 0.5 s. */
export const benchShape: ModelShape = {
  layers: 5,
  hidden: 512,
  heads: 8,
  kvHeads: 2,
  headDim: 64,
  intermediate: 1024,
  maxPositions: 4096,
}

/** One thread each (test/e2e/vllm/start.ts). */
export async function startEngines(count: number, sizes: EngineSizes): Promise<Engines> {
  const modelFolder = await mkdtemp(join(tmpdir(), 'warmpath-bench-'))
  await writeModel(modelFolder, benchShape)
  const removeModel = (): Promise<void> => rm(modelFolder, { recursive: true })
  const servers = await startVllms(count, {
    cache: await requirePart(vllm),
    modelFolder,
    blockTokens: sizes.blockTokens,
    // One of them is vLLM's own and holds nothing.
    kvBlocks: sizes.kvBlocks + 1,
    maxModelLen: sizes.maxModelLen,
    maxRunning: sizes.maxRunning,
    more: [...['--max-num-batched-tokens', String(sizes.stepTokens)], ...['--kv-cache-memory-bytes', String(2 ** 29)]],
  }).catch(async (error: unknown) => {
    await removeModel()
    throw error
  })
  const urls = servers.map(({ url }) => url)
  return {
    urls,
    model: servedModel,
    command: servers[0]?.command.args.join(' ') ?? '',
    async chill() {
      await untilIdle(urls)
      await Promise.all(urls.map(resetCache))
    },
    async stepsOf(url) {
      await untilIdle([url])
      return (await engineTotals(url)).steps
    },
    async totals() {
      await untilIdle(urls)
      return addUp(await Promise.all(urls.map(engineTotals)))
    },
    async stop() {
      await stopVllms(servers)
      await removeModel()
    },
  }
}

const idleLimitMs = 20_000
/** vLLM counts a step after it has sent its tokens. */
const settleMs = 300

async function untilIdle(urls: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + idleLimitMs
  for (;;) {
    const pages = await Promise.all(urls.map(readMetrics))
    const held = pages.map((page) => page.total('vllm:kv_cache_usage_perc'))
    await pause(settleMs)
    if (held.every((used) => used === 0)) return
    if (performance.now() > deadlineMs) throw new WarmpathError('ENGINE_BUSY', `Engines hold KV blocks: ${held.join()}`)
  }
}

async function engineTotals(url: string): Promise<EngineTotals> {
  const page = await readMetrics(url)
  return {
    steps: counter(page, 'iteration_tokens_total_count'),
    queriedTokens: counter(page, 'prefix_cache_queries_total'),
    hitTokens: counter(page, 'prefix_cache_hits_total'),
    preemptions: counter(page, 'num_preemptions_total'),
  }
}

function counter(page: MetricsPage, name: string): number {
  const value = page.total(`vllm:${name}`)
  if (value === undefined) throw new WarmpathError('METRIC_MISSING', `The engine's metrics have no vllm:${name}`)
  return value
}

function addUp(totals: readonly EngineTotals[]): EngineTotals {
  const sum = (read: (one: EngineTotals) => number): number => totals.reduce((all, one) => all + read(one), 0)
  return {
    steps: sum(({ steps }) => steps),
    queriedTokens: sum(({ queriedTokens }) => queriedTokens),
    hitTokens: sum(({ hitTokens }) => hitTokens),
    preemptions: sum(({ preemptions }) => preemptions),
  }
}
