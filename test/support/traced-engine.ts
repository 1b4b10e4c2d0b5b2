import { createEngine } from '../../src/simulation/create-engine.ts'
import type { CacheEvent, Engine } from '../../src/simulation/engine.ts'
import type { EngineProfile, StepWork } from '../../src/simulation/profiles.ts'
import type { ReferenceRequest, ReferenceSizes } from './reference-engine.ts'

/** A step takes 10 ms and 1 ms per token. */
export const stepMs = ({ prefillTokens, decodes }: StepWork): number => 10 + prefillTokens + decodes

export function testProfile(sizes: Partial<ReferenceSizes> = {}): EngineProfile {
  return {
    name: 'test',
    source: 'made up',
    model: 'test-model',
    blockTokens: 4,
    kvBlocks: 100,
    maxRunning: 16,
    stepTokens: 1000,
    maxModelLen: 1000,
    stepMs,
    ...sizes,
  }
}

/** Chained keys: equal numbers for equal beginnings, over all requests that share one. */
export class KeyBook {
  readonly #keys = new Map<string, number>()

  keyOf(content: string): number {
    const known = this.#keys.get(content)
    if (known !== undefined) return known
    this.#keys.set(content, this.#keys.size)
    return this.#keys.size - 1
  }

  keysOf({ prompt, output, cacheableTokens }: ReferenceRequest, blockTokens: number): number[] {
    const tokens = [...prompt, ...output]
    const full = Math.floor(Math.min(cacheableTokens, tokens.length) / blockTokens)
    return Array.from({ length: full }, (_, i) => this.keyOf(tokens.slice(0, (i + 1) * blockTokens).join(' ')))
  }
}

/** The engine model with all it says written down, in the words of the reference engine. */
export class TracedEngine {
  readonly engine: Engine
  readonly keys = new KeyBook()
  /** Each step's news. */
  news: string[] = []
  /** Times of the news. */
  readonly times: number[] = []
  readonly work: StepWork[] = []
  readonly batches: (readonly CacheEvent[])[] = []
  /** Copies of each key by the cache events alone. */
  readonly held = new Map<number, number>()
  /** Called for each line of news, at once. */
  hear: (news: string) => void = () => {}
  nowMs = 0
  readonly #blockTokens: number
  #stepEndsMs: number | undefined

  constructor(sizes: Partial<ReferenceSizes> = {}) {
    const profile = testProfile(sizes)
    this.#blockTokens = profile.blockTokens
    this.engine = createEngine({
      profile: {
        ...profile,
        stepMs: (work) => {
          this.work.push({ ...work })
          return stepMs(work)
        },
      },
      onCacheEvents: (events) => this.#apply(events),
    })
  }

  submit(request: ReferenceRequest): void {
    const { id } = request
    this.engine.submit({
      id,
      promptTokens: request.prompt.length,
      outputTokens: request.output.length,
      keys: this.keys.keysOf(request, this.#blockTokens),
      hooks: {
        onScheduled: (cached, atMs) => this.#say(`${id} scheduled, ${cached} cached`, atMs),
        onToken: (index, atMs) => this.#say(`${id} token ${index}`, atMs),
        onFinish: (atMs) => this.#say(`${id} finished`, atMs),
      },
    })
  }

  beginStep(): boolean {
    this.#stepEndsMs = this.engine.beginStep(this.nowMs)
    return this.#stepEndsMs !== undefined
  }

  endStep(): readonly string[] {
    this.nowMs = this.#stepEndsMs ?? this.nowMs
    this.news = []
    this.engine.endStep(this.nowMs)
    return this.news
  }

  /** One whole step; undefined when there is nothing to do. */
  step(): readonly string[] | undefined {
    return this.beginStep() ? this.endStep() : undefined
  }

  /** Steps until idle; all news. Throws when that takes unreasonably long. */
  drain(): readonly string[] {
    const all: string[] = []
    for (let steps = 0; steps < 10_000; steps++) {
      const news = this.step()
      if (news === undefined) return all
      all.push(...news)
    }
    throw new Error('the engine does not come to an end')
  }

  #say(news: string, atMs: number): void {
    this.news.push(news)
    this.times.push(atMs)
    this.hear(news)
  }

  #apply(events: readonly CacheEvent[]): void {
    this.batches.push(events)
    for (const event of events) {
      if (event.kind === 'cleared') this.held.clear()
      else if (event.kind === 'removed') this.#count(event.key, -1)
      else {
        const { request, firstBlock, count } = event
        if (count < 1) throw new Error('a cache event that stores nothing')
        for (let i = firstBlock; i < firstBlock + count; i++) this.#count(request.keys[i] ?? NaN, 1)
      }
    }
  }

  #count(key: number, change: number): void {
    const copies = (this.held.get(key) ?? 0) + change
    if (copies < 0 || Number.isNaN(key)) throw new Error(`a cache event about key ${key}, which is not held`)
    if (copies === 0) this.held.delete(key)
    else this.held.set(key, copies)
  }
}
