import type { Clock } from '../../src/clock.ts'
import type { Outcome, Ticket } from '../decision.ts'
import type { Pinned, ShadowCache } from '../prefix/shadow-cache.ts'
import type { ModelEstimates } from './estimates.ts'
import type { InFlight, InFlightRequest } from './in-flight.ts'

export interface BookingOptions {
  readonly entry: InFlightRequest
  readonly load: InFlight
  readonly cache: ShadowCache
  readonly estimates: ModelEstimates
  readonly clock: Pick<Clock, 'now'>
  readonly blockTokens: number
  /** False: the whole answer comes at once, so its first token is not seen and has to be assumed. */
  readonly streams: boolean
}

/** One request in flight on one endpoint: books it on creation, and takes it off exactly once. */
export class Booking implements Ticket {
  readonly #options: BookingOptions
  readonly #pinned: Pinned
  readonly #startedMs: number
  readonly #tokensAhead: number
  /** Room for all when it started, so its first token waits for compute alone. */
  readonly #computeBound: boolean
  #firstTokenMs: number | undefined
  #ended = false

  constructor(options: BookingOptions) {
    this.#options = options
    const { entry, load, cache, clock } = options
    load.start(entry)
    this.#pinned = cache.pin(entry.keys)
    this.#startedMs = clock.now()
    this.#tokensAhead = load.prefillTokens
    this.#computeBound = load.kvBlocks < cache.capacityBlocks
  }

  get ended(): boolean {
    return this.#ended
  }

  firstToken(): void {
    const { clock, estimates, streams } = this.#options
    if (!streams || this.#ended || this.#firstTokenMs !== undefined) return
    this.#see(clock.now())
    if (this.#computeBound) estimates.learnPrefill(this.#tokensAhead, clock.now() - this.#startedMs)
  }

  /** For an answer that comes whole: its prefill counts as done once the tokens ahead should have been computed. */
  assumeFirstToken(): boolean {
    const { clock, estimates } = this.#options
    const dueMs = this.#startedMs + this.#tokensAhead / estimates.expect(undefined).prefillTokensPerMs
    if (this.#ended || this.#firstTokenMs !== undefined || clock.now() < dueMs) return false
    this.#see(dueMs)
    return true
  }

  finish({ streamEvents, outputTokens = streamEvents }: Outcome): void {
    if (!this.#options.streams) this.assumeFirstToken()
    if (!this.#ended && outputTokens !== undefined && this.#firstTokenMs !== undefined) {
      this.#options.estimates.learnAnswer({ outputTokens, holdMs: this.#options.clock.now() - this.#firstTokenMs })
    }
    this.#end({ answered: true, outputTokens: outputTokens ?? 0 })
  }

  cancel(): void {
    this.#end({ answered: this.#firstTokenMs !== undefined, outputTokens: 0 })
  }

  #see(atMs: number): void {
    this.#firstTokenMs = atMs
    this.#options.load.firstToken(this.#options.entry)
  }

  #end({ answered, outputTokens }: { readonly answered: boolean; readonly outputTokens: number }): void {
    if (this.#ended) return
    this.#ended = true
    const { entry, load, cache, blockTokens } = this.#options
    load.end(entry, { firstTokenSeen: this.#firstTokenMs !== undefined })
    if (answered) cache.unpin(this.#pinned, Math.ceil(outputTokens / blockTokens))
    else cache.undo(this.#pinned)
  }
}
