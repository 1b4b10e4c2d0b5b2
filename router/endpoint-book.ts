import { InFlight } from './flow/in-flight.ts'
import { ShadowCache } from './prefix/shadow-cache.ts'

/** Blocks assumed where the engine has not said: 290k tokens in blocks of 16, a 32B model on 2 x H100. */
const ASSUMED_TOKENS = 290_000

/** What the router keeps per endpoint. */
export interface EndpointBook {
  readonly load: InFlight
  readonly cache: ShadowCache
}

/** One book per endpoint name, made when first needed; `keep` drops the others. */
export class EndpointBooks {
  readonly #blockTokens: number
  readonly #books = new Map<string, EndpointBook>()

  constructor(blockTokens: number) {
    this.#blockTokens = blockTokens
  }

  of(name: string, capacityTokens?: number): EndpointBook {
    const capacity = Math.max(1, Math.floor((capacityTokens ?? ASSUMED_TOKENS) / this.#blockTokens))
    const book = this.#books.get(name)
    if (book === undefined) {
      const made = { load: new InFlight(), cache: new ShadowCache(capacity) }
      this.#books.set(name, made)
      return made
    }
    if (capacityTokens !== undefined && book.cache.capacityBlocks !== capacity) book.cache.reset(capacity)
    return book
  }

  forget(name: string): void {
    const book = this.#books.get(name)
    if (book !== undefined) book.cache.reset(book.cache.capacityBlocks)
  }

  /** Drops the books of endpoints that are gone and have nothing in flight. */
  keep(names: ReadonlySet<string>): void {
    for (const [name, book] of this.#books) if (!names.has(name) && book.load.requests === 0) this.#books.delete(name)
  }
}
