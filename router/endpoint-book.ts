import type { Booking } from './flow/booking.ts'
import { InFlight } from './flow/in-flight.ts'
import { ShadowCache } from './prefix/shadow-cache.ts'

/** Blocks assumed where the engine has not said: 290k tokens in blocks of 16, a 32B model on 2 x H100. */
const ASSUMED_TOKENS = 290_000

/** What the router keeps per endpoint. */
export class EndpointBook {
  readonly load = new InFlight()
  readonly cache: ShadowCache
  readonly #unseen = new Set<Booking>()

  constructor(capacityBlocks: number) {
    this.cache = new ShadowCache(capacityBlocks)
  }

  /** For answers that come whole, which show no first token. Bounded by what is in flight. */
  assumeLater(booking: Booking): void {
    this.#unseen.add(booking)
  }

  assumeFirstTokens(): void {
    for (const booking of this.#unseen) if (booking.assumeFirstToken() || booking.ended) this.#unseen.delete(booking)
  }
}

/** One book per endpoint name, made when first needed; `keep` drops the others. */
export class EndpointBooks {
  readonly #blockTokens: number
  readonly #books = new Map<string, EndpointBook>()

  constructor(blockTokens: number) {
    this.#blockTokens = blockTokens
  }

  of(name: string, capacityTokens?: number): EndpointBook {
    const book = this.#books.get(name)
    if (book === undefined) {
      const made = new EndpointBook(this.#blocks(capacityTokens))
      this.#books.set(name, made)
      return made
    }
    const blocks = this.#blocks(capacityTokens)
    if (capacityTokens !== undefined && book.cache.capacityBlocks !== blocks) book.cache.resize(blocks)
    return book
  }

  /** What `of` gives, with nothing made or changed. */
  peek(name: string, capacityTokens?: number): EndpointBook {
    return this.#books.get(name) ?? new EndpointBook(this.#blocks(capacityTokens))
  }

  forget(name: string): void {
    this.#books.get(name)?.cache.clear()
  }

  /** Of endpoints that are gone only what they have in flight is kept: one that comes back is another engine. */
  keep(names: ReadonlySet<string>): void {
    for (const [name, book] of this.#books) {
      if (names.has(name)) continue
      if (book.load.requests === 0) this.#books.delete(name)
      else this.forget(name)
    }
  }

  #blocks(capacityTokens = ASSUMED_TOKENS): number {
    return Math.max(1, Math.floor(capacityTokens / this.#blockTokens))
  }
}
