import type { Booking } from './flow/booking.ts'
import { InFlight } from './flow/in-flight.ts'
import { ShadowCache } from './prefix/shadow-cache.ts'

/** Blocks assumed where the engine has not said: 290k tokens in blocks of 16, a 32B model on 2 x H100. */
const ASSUMED_TOKENS = 290_000

/** What the router keeps per endpoint. */
export class EndpointBook {
  readonly load: InFlight
  readonly cache: ShadowCache
  readonly #unseen = new Set<Booking>()

  constructor(capacityBlocks: number, load = new InFlight()) {
    this.cache = new ShadowCache(capacityBlocks)
    this.load = load
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
    if (this.#isResized(book, capacityTokens)) book.cache.reset(this.#blocks(capacityTokens))
    return book
  }

  /** What `of` would give, with nothing made, kept or reset. */
  peek(name: string, capacityTokens?: number): EndpointBook {
    const book = this.#books.get(name)
    if (book !== undefined && !this.#isResized(book, capacityTokens)) return book
    return new EndpointBook(this.#blocks(capacityTokens), book?.load)
  }

  forget(name: string): void {
    const book = this.#books.get(name)
    if (book !== undefined) book.cache.reset(book.cache.capacityBlocks)
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

  #isResized({ cache }: EndpointBook, capacityTokens: number | undefined): boolean {
    return capacityTokens !== undefined && cache.capacityBlocks !== this.#blocks(capacityTokens)
  }
}
