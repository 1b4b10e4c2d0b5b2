import { Gauge, Registry } from 'prom-client'
import type { EngineStats } from '../engine.ts'
import { counterDefinitions, gaugeDefinitions, histogramDefinitions } from './metric-definitions.ts'
import { type Labels, mapValues, metricMakers, type Report } from './metric-makers.ts'

export type FinishReason = 'stop' | 'length' | 'abort' | 'error' | 'repetition'

/** One finished request; times are clock seconds, undefined where it never got that far. */
export interface FinishedRequest {
  readonly reason: FinishReason
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly maxTokens: number
  readonly n: number
  readonly arrivedAt: number
  readonly scheduledAt: number | undefined
  readonly firstTokenAt: number | undefined
  readonly lastTokenAt: number | undefined
}

type LoraReport = (running: readonly string[], waiting: readonly string[], unixSeconds: number) => void

export interface EngineMetrics {
  readonly registry: Registry
  /** After each step: the engine's totals so far. */
  stepped(stats: EngineStats): void
  firstToken(seconds: number, promptTokens: number, cachedTokens: number): void
  nextToken(seconds: number): void
  finished(request: FinishedRequest, atSeconds: number): void
  /** Names of adapters; until the first report the series is absent, as without --enable-lora. */
  readonly loraChanged: LoraReport
}

/** The registry of one engine process; a restarted engine gets a new one, so its counters start at 0. */
export function createEngineMetrics(options: {
  readonly model: string
  readonly maxModelLen: number
  readonly maxLoras: number
  readonly startUnixSeconds: number
  /** Labels of `vllm:cache_config_info`. */
  readonly cacheConfig: Readonly<Record<string, string>>
}): EngineMetrics {
  const registry = new Registry()
  const common = { model_name: options.model, engine: '0' }
  const { gauge, counter, histogram } = metricMakers(registry, common)
  const gauges = mapValues(gaugeDefinitions, gauge)
  const counters = mapValues(counterDefinitions, counter)
  const histograms = mapValues(histogramDefinitions(options.maxModelLen), histogram)

  for (const source of ['local_compute', 'local_cache_hit', 'external_kv_transfer'])
    counters.promptTokensBySource(0, { source })
  for (const reason of finishReasons) counters.requestSuccess(0, { finished_reason: reason })
  for (const state of ['awake', 'weights_offloaded', 'discard_all'])
    gauges.sleepState(state === 'awake' ? 1 : 0, { sleep_state: state })
  for (const reason of ['capacity', 'deferred']) gauges.waitingByReason(0, { reason })
  infoGauges(registry, options)
  let lora: LoraReport | undefined

  let before = { prefixQueriesTokens: 0, prefixHitsTokens: 0, preemptions: 0, promptTokens: 0, generationTokens: 0 }

  /** Prompt tokens of this step's first answers, less what was cached. */
  let computedTokens = 0

  function stepped(stats: EngineStats): void {
    gauges.running(stats.running)
    gauges.waiting(stats.waiting)
    gauges.waitingByReason(stats.waiting, { reason: 'capacity' })
    gauges.kvUsage(stats.kvBlocksUsed / stats.kvBlocks)
    counters.prefixQueries(stats.prefixQueriesTokens - before.prefixQueriesTokens)
    counters.prefixHits(stats.prefixHitsTokens - before.prefixHitsTokens)
    counters.preemptions(stats.preemptions - before.preemptions)
    counters.promptTokens(stats.promptTokens - before.promptTokens)
    const generationTokens = stats.generationTokens - before.generationTokens
    counters.generationTokens(generationTokens)
    const stepTokens = computedTokens + generationTokens
    if (stepTokens > 0) histograms.iterationTokens(stepTokens)
    computedTokens = 0
    before = stats
  }

  return {
    registry,
    stepped,
    firstToken(seconds, promptTokens, cachedTokens) {
      histograms.timeToFirstToken(seconds)
      computedTokens += promptTokens - cachedTokens
      counters.promptTokensCached(cachedTokens)
      counters.promptTokensBySource(promptTokens - cachedTokens, { source: 'local_compute' })
      counters.promptTokensBySource(cachedTokens, { source: 'local_cache_hit' })
    },
    nextToken: (seconds) => histograms.interToken(seconds),
    finished(request, atSeconds) {
      counters.requestSuccess(1, { finished_reason: request.reason })
      observeRequest(histograms, request, atSeconds)
    },
    loraChanged(...report) {
      lora ??= createLoraGauge(registry, options.maxLoras)
      lora(...report)
    },
  }
}

const finishReasons: readonly FinishReason[] = ['stop', 'length', 'abort', 'error', 'repetition']

type RequestHistogram = Exclude<
  keyof ReturnType<typeof histogramDefinitions>,
  'timeToFirstToken' | 'interToken' | 'iterationTokens'
>

/** The per-request terms of vllm/v1/metrics/stats.py update_from_finished_request. */
function observeRequest(
  to: Readonly<Record<RequestHistogram, Report>>,
  request: FinishedRequest,
  atSeconds: number,
): void {
  const { arrivedAt, scheduledAt, firstTokenAt, lastTokenAt } = request
  to.endToEnd(atSeconds - arrivedAt)
  to.promptTokens(request.promptTokens)
  to.generationTokens(request.outputTokens)
  to.maxGenerationTokens(request.outputTokens)
  to.maxTokens(request.maxTokens)
  to.n(request.n)
  to.kvComputed(request.promptTokens - request.cachedTokens)
  if (scheduledAt === undefined || firstTokenAt === undefined || lastTokenAt === undefined) return
  const decode = lastTokenAt - firstTokenAt
  to.queueTime(Math.max(0, scheduledAt - arrivedAt))
  to.prefillTime(firstTokenAt - scheduledAt)
  to.decodeTime(decode)
  to.inferenceTime(lastTokenAt - scheduledAt)
  to.timePerOutputToken(request.outputTokens > 1 ? decode / (request.outputTokens - 1) : 0)
}

function infoGauges(
  registry: Registry,
  options: { readonly cacheConfig: Labels; readonly startUnixSeconds: number },
): void {
  new Gauge({
    name: 'vllm:cache_config_info',
    help: 'The cache configuration, as labels.',
    labelNames: Object.keys(options.cacheConfig),
    registers: [registry],
  }).set(options.cacheConfig, 1)
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start of the engine process, Unix time.',
    registers: [registry],
  }).set(options.startUnixSeconds)
}

/** Label sets pile up in vLLM, the value tells the newest; here they are dropped at a bound. */
const maxLoraSeries = 64

function createLoraGauge(registry: Registry, maxLoras: number): LoraReport {
  const metric = new Gauge({
    name: 'vllm:lora_requests_info',
    help: 'Adapters of running and waiting requests; the value is the time of the report.',
    labelNames: ['max_lora', 'waiting_lora_adapters', 'running_lora_adapters'],
    registers: [registry],
  })
  let reported = new Set<string>()
  return (running, waiting, unixSeconds) => {
    const labels = {
      max_lora: String(maxLoras),
      waiting_lora_adapters: waiting.join(','),
      running_lora_adapters: running.join(','),
    }
    reported.add(JSON.stringify(labels))
    if (reported.size > maxLoraSeries) {
      metric.reset()
      reported = new Set()
    }
    metric.set(labels, unixSeconds)
  }
}
