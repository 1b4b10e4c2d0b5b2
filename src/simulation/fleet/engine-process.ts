import type { Clock } from '../../clock.ts'
import { createEngine } from '../create-engine.ts'
import type { Engine, EngineRequest, EngineStats } from '../engine.ts'
import type { EngineProfile } from '../profiles.ts'
import { createCacheEventTranslator, type HashForm } from './cache-events.ts'
import { createEngineMetrics, type EngineMetrics, type FinishReason } from './engine-metrics.ts'
import type { PlannedOutput } from './generate.ts'
import type { KvPublisher } from './kv-publisher.ts'
import { createRealTimeDriver, type RealTimeDriver } from './real-time-driver.ts'
import { createSequence, type LoraAdapter, type TokenSequence } from './sequence.ts'

export interface GenerationOptions {
  readonly prompt: readonly number[]
  readonly output: PlannedOutput
  readonly lora: LoraAdapter | undefined
  readonly cacheSalt: string | undefined
  /** As asked for; only reported. */
  readonly maxTokens: number
  readonly n: number
  readonly listener: GenerationListener
}

export interface GenerationListener {
  /** Prompt tokens that prefix caching spared; before the first token. */
  onScheduled(cachedTokens: number): void
  /** `finished` is set with the last token. */
  onToken(index: number, finished: 'stop' | 'length' | undefined): void
  /** The server ended it; no token follows. */
  onAbort(): void
}

export interface EngineProcessOptions {
  readonly profile: EngineProfile
  readonly model: string
  readonly maxModelLen: number
  /** Adapters loaded at the start; 0 = LoRA is reported from the first request to one loaded later. */
  readonly loras: number
  readonly hashForm: HashForm
  readonly clock: Clock
  readonly speed: number
  readonly publisher: Pick<KvPublisher, 'publish'>
  /** Unix time. */
  readonly nowSeconds: () => number
}

interface Running {
  readonly options: GenerationOptions
  readonly arrivedAt: number
  scheduledAt: number | undefined
  firstTokenAt: number | undefined
  lastTokenAt: number | undefined
  cachedTokens: number
  outputTokens: number
}

/** What a restart replaces: the engine with its cache, its counters and its running requests. Times are clock seconds. */
export class EngineProcess {
  readonly metrics: EngineMetrics
  readonly #options: EngineProcessOptions
  readonly #engine: Engine
  readonly #driver: RealTimeDriver
  readonly #sequences = new WeakMap<EngineRequest, TokenSequence>()
  readonly #running = new Map<string, Running>()
  #idle = Promise.withResolvers<void>()
  #usesLora: boolean
  #lastId = 0

  constructor(options: EngineProcessOptions) {
    const { profile, clock, speed, publisher, hashForm } = options
    const translate = createCacheEventTranslator({
      blockTokens: profile.blockTokens,
      hashForm,
      sequenceOf: (request) => this.#sequenceOf(request),
    })
    const engine = createEngine({ profile, onCacheEvents: (events) => publisher.publish(translate(events)) })
    const metrics = createMetrics(options)
    this.#driver = createRealTimeDriver({ engine, clock, speed, onChange: () => metrics.stepped(engine.stats()) })
    this.#options = options
    this.#usesLora = options.loras > 0
    this.#engine = engine
    this.metrics = metrics
  }

  get inFlight(): number {
    return this.#running.size
  }

  /** Resolves once no request is running or waiting. */
  async whenIdle(): Promise<void> {
    if (this.#running.size > 0) await this.#idle.promise
  }

  /** Returns how to cancel it, as when the client leaves: the listener hears no more. */
  start(generation: GenerationOptions): () => void {
    const id = String(++this.#lastId)
    const { prompt, output, lora, cacheSalt } = generation
    const { blockTokens } = this.#options.profile
    const sequence = createSequence({ prompt, output: output.tokens, blockTokens, lora, cacheSalt })
    const one: Running = {
      options: generation,
      arrivedAt: this.#now(),
      scheduledAt: undefined,
      firstTokenAt: undefined,
      lastTokenAt: undefined,
      cachedTokens: 0,
      outputTokens: 0,
    }
    const request: EngineRequest = {
      id,
      promptTokens: prompt.length,
      outputTokens: output.tokens.length,
      keys: sequence.keys,
      hooks: {
        onScheduled: (cachedTokens) => this.#scheduled(one, cachedTokens),
        onToken: (index) => this.#token(one, index),
        onFinish: () => void this.#end(id, output.finishReason),
      },
    }
    this.#sequences.set(request, sequence)
    this.#running.set(id, one)
    this.#usesLora ||= lora !== undefined
    this.#reportLoras()
    this.#driver.submit(request)
    return () => {
      if (this.#end(id, undefined) !== undefined) this.#driver.cancel(id)
    }
  }

  /** Ends every request with `onAbort`. */
  abortAll(): void {
    for (const id of [...this.#running.keys()]) {
      this.#driver.cancel(id)
      this.#end(id, undefined)?.options.listener.onAbort()
    }
  }

  stats(): EngineStats {
    return this.#engine.stats()
  }

  resetPrefixCache(): boolean {
    return this.#engine.resetPrefixCache()
  }

  /** Drops everything at once; listeners hear nothing. */
  kill(): void {
    this.#driver.stop()
    this.#running.clear()
    this.#idle.resolve()
  }

  #scheduled(one: Running, cachedTokens: number): void {
    one.scheduledAt = this.#seconds(this.#driver.stepStartedAt())
    one.cachedTokens = cachedTokens
    this.#reportLoras()
    one.options.listener.onScheduled(cachedTokens)
  }

  /** Timed when it leaves, not when the engine's timeline, which may lie behind the clock, has it. */
  #token(one: Running, index: number): void {
    const { prompt, output, listener } = one.options
    const at = this.#now()
    if (one.lastTokenAt === undefined) {
      one.firstTokenAt = at
      this.metrics.firstToken(at - one.arrivedAt, prompt.length, one.cachedTokens)
    } else this.metrics.nextToken(at - one.lastTokenAt)
    one.lastTokenAt = at
    one.outputTokens = index + 1
    listener.onToken(index, one.outputTokens === output.tokens.length ? output.finishReason : undefined)
  }

  /** No `reason`: it was cut short, which no metric of vLLM counts (v1/engine/output_processor.py abort_requests, 0.32). */
  #end(id: string, reason: FinishReason | undefined): Running | undefined {
    const one = this.#running.get(id)
    if (one === undefined) return undefined
    this.#running.delete(id)
    const { prompt, maxTokens, n } = one.options
    if (reason !== undefined)
      this.metrics.finished({ ...one, reason, promptTokens: prompt.length, maxTokens, n }, this.#now())
    this.#reportLoras()
    if (this.#running.size === 0) {
      this.#idle.resolve()
      this.#idle = Promise.withResolvers()
    }
    return one
  }

  #reportLoras(): void {
    if (!this.#usesLora) return
    const names = { running: new Set<string>(), waiting: new Set<string>() }
    for (const { options, scheduledAt } of this.#running.values()) {
      if (options.lora !== undefined) names[scheduledAt === undefined ? 'waiting' : 'running'].add(options.lora.name)
    }
    this.metrics.loraChanged([...names.running], [...names.waiting], this.#options.nowSeconds())
  }

  #sequenceOf(request: EngineRequest): TokenSequence {
    const sequence = this.#sequences.get(request)
    if (sequence === undefined) throw new Error(`no tokens known for engine request ${request.id}`)
    return sequence
  }

  #now(): number {
    return this.#seconds(this.#driver.now())
  }

  #seconds(engineMs: number): number {
    return engineMs / this.#options.speed / 1000
  }
}

/** Label values as Python prints them: every CacheConfig attribute is a string (vllm/config/cache.py metrics_info). */
function createMetrics({ profile, model, maxModelLen, loras, nowSeconds }: EngineProcessOptions): EngineMetrics {
  const tokens = profile.kvBlocks * profile.blockTokens
  return createEngineMetrics({
    model,
    maxModelLen,
    maxLoras: Math.max(1, loras),
    startUnixSeconds: nowSeconds(),
    cacheConfig: {
      engine: '0',
      block_size: String(profile.blockTokens),
      num_gpu_blocks: String(profile.kvBlocks),
      gpu_memory_utilization: '0.9',
      enable_prefix_caching: 'True',
      prefix_caching_hash_algo: 'sha256_cbor',
      cache_dtype: 'auto',
      kv_cache_size_tokens: String(tokens),
      kv_cache_max_concurrency: String(tokens / maxModelLen),
    },
  })
}
