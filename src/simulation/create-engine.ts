import { BlockPool } from '../vllm/block-pool.ts'
import type { CacheEvent, Engine, EngineOptions, EngineRequest, EngineStats } from './engine.ts'
import { FifoQueue } from './fifo-queue.ts'
import type { StepWork } from './profiles.ts'

/** A request inside the engine. */
interface Sequence {
  readonly request: EngineRequest
  blocks: number[]
  /** Tokens whose KV is in `blocks`, this step's included once planned. */
  computed: number
  generated: number
  /** Blocks that have their key. */
  keyed: number
  scheduledBefore: boolean
  cachedAtFirst: number
  /** Planned for this step: how many tokens, and whether they complete the prompt and so yield a token. */
  planned: number
}

type MutableStepWork = { -readonly [Term in keyof StepWork]: number }

/**
 * The engine as vLLM V1 schedules it (v1/core/sched/scheduler.py): each step first serves running sequences in
 * arrival order (one decode token, or the next prefill chunk), preempting from the tail when blocks run out; then
 * admits waiting ones, strictly first come first served, while step tokens, slots and blocks last. A waiting prompt
 * is admitted only when its whole KV fits; its blocks are keyed as they are scheduled, so that siblings in the same
 * step already share them; at least one prompt token is always computed.
 */
export function createEngine(options: EngineOptions): Engine {
  return new ModelEngine(options)
}

class ModelEngine implements Engine {
  readonly #options: EngineOptions
  readonly #pool: BlockPool
  readonly #waiting = new FifoQueue<Sequence>()
  #running: Sequence[] = []
  readonly #sequences = new Map<string, Sequence>()
  #events: CacheEvent[] = []
  #inStep = false
  #preemptions = 0
  #prefixQueries = 0
  #prefixHits = 0
  #promptTokens = 0
  #generationTokens = 0

  constructor(options: EngineOptions) {
    this.#options = options
    const removed = (key: number): void => {
      if (options.onCacheEvents !== undefined) this.#events.push({ kind: 'removed', key })
    }
    this.#pool = new BlockPool(options.kvBlocks ?? options.profile.kvBlocks, { removed })
  }

  fits({ promptTokens, outputTokens }: Pick<EngineRequest, 'promptTokens' | 'outputTokens'>): boolean {
    // The last token is sampled and never computed, so it needs no KV.
    return this.#blocksFor(promptTokens + outputTokens - 1) <= this.#pool.capacity
  }

  submit(request: EngineRequest): void {
    const { id, promptTokens, outputTokens } = request
    if (promptTokens < 1) throw new RangeError(`request ${id}: promptTokens must be at least 1`)
    if (outputTokens < 1) throw new RangeError(`request ${id}: outputTokens must be at least 1`)
    if (!this.fits(request)) throw new RangeError(`request ${id} needs more than all ${this.#pool.capacity} KV blocks`)
    if (this.#sequences.has(id)) throw new RangeError(`request ${id}: another of this id is in the engine`)
    const sequence: Sequence = {
      request,
      blocks: [],
      computed: 0,
      generated: 0,
      keyed: 0,
      scheduledBefore: false,
      cachedAtFirst: 0,
      planned: 0,
    }
    this.#sequences.set(id, sequence)
    this.#waiting.push(sequence)
  }

  cancel(id: string): void {
    const sequence = this.#sequences.get(id)
    if (sequence === undefined) return
    this.#sequences.delete(id)
    this.#waiting.remove(sequence)
    this.#running = this.#running.filter((one) => one !== sequence)
    this.#pool.release(sequence.blocks)
    sequence.blocks = []
  }

  beginStep(nowMs: number): number | undefined {
    if (this.#inStep) throw new Error('beginStep called before the last step ended')
    const { profile } = this.#options
    const work: MutableStepWork = { prefillTokens: 0, prefillKvTokens: 0, decodes: 0, kvTokens: 0 }
    let budget = profile.stepTokens
    const preemptionsBefore = this.#preemptions
    budget = this.#planRunning(budget, work)
    if (this.#preemptions === preemptionsBefore) this.#admit(budget, work)
    if (this.#running.length === 0) return undefined
    this.#inStep = true
    return nowMs + profile.stepMs(work)
  }

  endStep(nowMs: number): void {
    this.#inStep = false
    let finished = false
    // Hooks may cancel or submit: walk a fixed list, skip what has left.
    for (const sequence of this.#running) {
      if (sequence.planned === 0 || !this.#isHere(sequence)) continue
      finished = this.#deliver(sequence, nowMs) || finished
    }
    if (finished) this.#running = this.#running.filter((sequence) => this.#isHere(sequence))
    this.#sendEvents()
  }

  stats(): EngineStats {
    return {
      running: this.#running.length,
      waiting: this.#waiting.size,
      kvBlocks: this.#pool.capacity,
      kvBlocksUsed: this.#pool.capacity - this.#pool.free,
      kvBlocksCached: this.#pool.cached,
      prefixQueriesTokens: this.#prefixQueries,
      prefixHitsTokens: this.#prefixHits,
      preemptions: this.#preemptions,
      promptTokens: this.#promptTokens,
      generationTokens: this.#generationTokens,
    }
  }

  resetPrefixCache(): boolean {
    if (!this.#pool.reset()) return false
    // Told with the next step's news, in order behind what a step under way has stored (vLLM takes events per step).
    this.#events.push({ kind: 'cleared' })
    return true
  }

  #sendEvents(): void {
    if (this.#events.length === 0) return
    const events = this.#events
    this.#events = []
    this.#options.onCacheEvents?.(events)
  }

  #planRunning(budgetBefore: number, work: MutableStepWork): number {
    let budget = budgetBefore
    for (let i = 0; i < this.#running.length; i++) {
      const sequence = this.#running[i]
      if (sequence === undefined) break
      const missing = this.#target(sequence) - sequence.computed
      sequence.planned = Math.min(missing, budget)
      if (sequence.planned === 0) continue
      if (!this.#makeRoom(sequence)) break
      this.#compute(sequence)
      budget -= sequence.planned
      if (sequence.planned === 1 && sequence.generated > 0) {
        work.decodes++
        work.kvTokens += sequence.computed
      } else addPrefill(work, sequence)
    }
    return budget
  }

  /** Preempts from the tail until the sequence's planned tokens fit; false when it had to preempt the sequence itself. */
  #makeRoom(sequence: Sequence): boolean {
    const needed = this.#blocksFor(sequence.computed + sequence.planned) - sequence.blocks.length
    while (needed > this.#pool.free) {
      const victim = this.#running.pop()
      if (victim === undefined) throw new Error('no sequence left to preempt')
      this.#preemptions++
      this.#pool.release(victim.blocks)
      victim.blocks = []
      this.#waiting.pushFront(victim)
      if (victim === sequence) return false
    }
    return true
  }

  #admit(budgetBefore: number, work: MutableStepWork): void {
    let budget = budgetBefore
    while (budget > 0 && this.#running.length < this.#options.profile.maxRunning) {
      const sequence = this.#waiting.peek()
      if (sequence === undefined) return
      const target = this.#target(sequence)
      const { keys } = sequence.request
      // vLLM recomputes at least the last token: a full hit is capped at target - 1 (kv_cache_manager.get_computed_blocks).
      const hit = this.#pool.match(keys, Math.floor((target - 1) / this.#options.profile.blockTokens))
      const room = this.#pool.free - this.#pool.matchedFree(keys, hit)
      if (this.#blocksFor(target) - hit > room) return
      this.#waiting.shift()
      this.#running.push(sequence)
      for (let i = 0; i < hit; i++) sequence.blocks.push(this.#pool.reuse(keys[i] ?? -1))
      sequence.keyed = hit
      sequence.computed = hit * this.#options.profile.blockTokens
      this.#countHit(sequence, target)
      sequence.planned = Math.min(target - sequence.computed, budget)
      this.#compute(sequence)
      budget -= sequence.planned
      addPrefill(work, sequence)
    }
  }

  #countHit(sequence: Sequence, target: number): void {
    if (sequence.scheduledBefore) return
    this.#prefixQueries += target
    this.#prefixHits += sequence.computed
    sequence.cachedAtFirst = sequence.computed
  }

  /** Takes blocks for the planned tokens and keys those that become full. */
  #compute(sequence: Sequence): void {
    sequence.computed += sequence.planned
    const needed = this.#blocksFor(sequence.computed)
    while (sequence.blocks.length < needed) sequence.blocks.push(this.#pool.take())
    const { keys } = sequence.request
    const full = Math.min(Math.floor(sequence.computed / this.#options.profile.blockTokens), keys.length)
    if (full <= sequence.keyed) return
    if (this.#options.onCacheEvents !== undefined) {
      const { request, keyed: firstBlock } = sequence
      this.#events.push({ kind: 'stored', request, firstBlock, count: full - firstBlock })
    }
    for (; sequence.keyed < full; sequence.keyed++) {
      this.#pool.setKey(sequence.blocks[sequence.keyed] ?? -1, keys[sequence.keyed] ?? -1)
    }
  }

  /** True when the sequence finished. */
  #deliver(sequence: Sequence, nowMs: number): boolean {
    const { request } = sequence
    const complete = sequence.computed === this.#target(sequence)
    sequence.planned = 0
    if (!sequence.scheduledBefore) {
      sequence.scheduledBefore = true
      request.hooks.onScheduled?.(sequence.cachedAtFirst, nowMs)
    }
    if (!complete || !this.#isHere(sequence)) return false
    if (sequence.generated === 0) this.#promptTokens += request.promptTokens
    this.#generationTokens++
    sequence.generated++
    request.hooks.onToken?.(sequence.generated - 1, nowMs)
    if (sequence.generated < request.outputTokens || !this.#isHere(sequence)) return false
    this.#sequences.delete(request.id)
    this.#pool.release(sequence.blocks)
    sequence.blocks = []
    request.hooks.onFinish(nowMs)
    return true
  }

  /** Not finished or cancelled; its id alone may have come back with another request. */
  #isHere(sequence: Sequence): boolean {
    return this.#sequences.get(sequence.request.id) === sequence
  }

  /** Tokens that must have KV before the next token can be sampled. */
  #target(sequence: Sequence): number {
    return sequence.request.promptTokens + sequence.generated
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.#options.profile.blockTokens)
  }
}

/** Counts the planned tokens, which end at `computed`: the last attends to all of those, each before it to one less. */
function addPrefill(work: MutableStepWork, { planned, computed }: Sequence): void {
  work.prefillTokens += planned
  work.prefillKvTokens += planned * computed - (planned * (planned - 1)) / 2
}
