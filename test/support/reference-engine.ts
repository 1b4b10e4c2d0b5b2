/** A request with all its tokens written out: the prompt, then the answer it will get. */
export interface ReferenceRequest {
  readonly id: string
  readonly prompt: readonly number[]
  readonly output: readonly number[]
  /** Leading tokens whose full blocks may be cached. */
  readonly cacheableTokens: number
}

export interface ReferenceSizes {
  readonly blockTokens: number
  readonly kvBlocks: number
  readonly maxRunning: number
  readonly stepTokens: number
}

interface Block {
  /** Every token up to the end of this block. */
  content: string | undefined
  cachedAt: number
  users: number
}

interface Live {
  readonly request: ReferenceRequest
  blocks: Block[]
  computed: number
  generated: number
  planned: number
  cachedTokens: number | undefined
  announced: boolean
}

/**
 * vLLM's scheduling and block rules the slow way, to hold the engine model against: blocks carry their whole content
 * as text, and every question is answered by a search.
 */
export class ReferenceEngine {
  readonly #sizes: ReferenceSizes
  readonly #blocks: readonly Block[]
  /** Next to be taken first. */
  #free: Block[]
  #waiting: Live[] = []
  #running: Live[] = []
  #cacheTime = 0
  preemptions = 0

  constructor(sizes: ReferenceSizes) {
    this.#sizes = sizes
    this.#blocks = Array.from({ length: sizes.kvBlocks }, () => ({ content: undefined, cachedAt: 0, users: 0 }))
    this.#free = [...this.#blocks]
  }

  get state() {
    const used = this.#blocks.filter(({ users }) => users > 0).length
    if (used + this.#free.length !== this.#blocks.length) throw new Error('the reference lost a block')
    return { running: this.#running.length, waiting: this.#waiting.length, used }
  }

  /** How many blocks hold each content. */
  held(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { content } of this.#blocks) {
      if (content !== undefined) counts.set(content, (counts.get(content) ?? 0) + 1)
    }
    return counts
  }

  submit(request: ReferenceRequest): void {
    this.#waiting.push({
      request,
      blocks: [],
      computed: 0,
      generated: 0,
      planned: 0,
      cachedTokens: undefined,
      announced: false,
    })
  }

  cancel(id: string): void {
    const live = [...this.#running, ...this.#waiting].find(({ request }) => request.id === id)
    if (live !== undefined) this.#remove(live)
  }

  reset(): boolean {
    if (this.#free.length < this.#blocks.length) return false
    for (const block of this.#blocks) block.content = undefined
    return true
  }

  beginStep(): boolean {
    const before = this.preemptions
    const left = this.#serveRunning(this.#sizes.stepTokens)
    if (this.preemptions === before) this.#admit(left)
    return this.#running.length > 0
  }

  /** What happened, one line each. `hear` is told at once, and may cancel. */
  endStep(hear: (news: string) => void): void {
    for (const live of [...this.#running]) {
      if (live.planned === 0 || !this.#running.includes(live)) continue
      live.planned = 0
      const { request } = live
      if (!live.announced) {
        live.announced = true
        hear(`${request.id} scheduled, ${live.cachedTokens} cached`)
      }
      if (!this.#running.includes(live) || live.computed < known(live)) continue
      hear(`${request.id} token ${live.generated++}`)
      if (!this.#running.includes(live) || live.generated < request.output.length) continue
      this.#remove(live)
      hear(`${request.id} finished`)
    }
  }

  #serveRunning(budget: number): number {
    let left = budget
    for (let i = 0; i < this.#running.length; i++) {
      const live = this.#running[i]
      if (live === undefined) break
      live.planned = Math.min(known(live) - live.computed, left)
      while (this.#blocksFor(live.computed + live.planned) - live.blocks.length > this.#free.length) {
        const last = this.#running.at(-1)
        if (last === undefined) break
        this.#preempt(last)
        if (last === live) return left
      }
      left -= live.planned
      this.#compute(live)
    }
    return left
  }

  #admit(budget: number): void {
    let left = budget
    for (;;) {
      const live = this.#waiting[0]
      if (live === undefined || left === 0 || this.#running.length === this.#sizes.maxRunning) return
      const hits = this.#hits(live)
      const fresh = this.#free.filter((block) => !hits.includes(block)).length
      if (this.#blocksFor(known(live)) - hits.length > fresh) return
      this.#waiting.shift()
      this.#running.push(live)
      for (const block of hits) block.users++
      this.#free = this.#free.filter((block) => !hits.includes(block))
      live.blocks = [...hits]
      live.computed = hits.length * this.#sizes.blockTokens
      live.cachedTokens ??= live.computed
      live.planned = Math.min(known(live) - live.computed, left)
      left -= live.planned
      this.#compute(live)
    }
  }

  /** Leading blocks that are held somewhere; the last token is never taken from the cache. */
  #hits(live: Live): Block[] {
    const hits: Block[] = []
    while ((hits.length + 1) * this.#sizes.blockTokens < known(live)) {
      const content = this.#content(live.request, hits.length)
      const [first] = this.#blocks
        .filter((block) => content !== undefined && block.content === content)
        .toSorted((a, b) => a.cachedAt - b.cachedAt)
      if (first === undefined) break
      hits.push(first)
    }
    return hits
  }

  #compute(live: Live): void {
    const before = live.computed
    live.computed += live.planned
    while (live.blocks.length < this.#blocksFor(live.computed)) {
      const block = this.#free.shift()
      if (block === undefined) throw new Error('the reference took a block that was not there')
      block.content = undefined
      block.users = 1
      live.blocks.push(block)
    }
    live.blocks.forEach((block, i) => {
      const end = (i + 1) * this.#sizes.blockTokens
      if (end <= before || end > live.computed) return
      block.content = this.#content(live.request, i)
      block.cachedAt = ++this.#cacheTime
    })
  }

  #content({ prompt, output, cacheableTokens }: ReferenceRequest, block: number): string | undefined {
    const end = (block + 1) * this.#sizes.blockTokens
    return end <= cacheableTokens ? [...prompt, ...output].slice(0, end).join(' ') : undefined
  }

  #preempt(live: Live): void {
    this.preemptions++
    this.#remove(live)
    live.computed = 0
    live.planned = 0
    this.#waiting.unshift(live)
  }

  #remove(live: Live): void {
    this.#running = this.#running.filter((one) => one !== live)
    this.#waiting = this.#waiting.filter((one) => one !== live)
    const freed = live.blocks.toReversed().filter((block) => --block.users === 0)
    const empty = freed.filter(({ content }) => content === undefined)
    this.#free = [...empty, ...this.#free, ...freed.filter(({ content }) => content !== undefined)]
    live.blocks = []
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.#sizes.blockTokens)
  }
}

function known({ request, generated }: Live): number {
  return request.prompt.length + generated
}
