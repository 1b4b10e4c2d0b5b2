import type { Clock } from '../src/clock.ts'
import type { EndpointState, PoolSnapshot } from '../src/endpoints/endpoint.ts'
import type { Decision, NoEndpointReason, RouteResult, Ticket } from './decision.ts'
import { type EndpointBook, EndpointBooks } from './endpoint-book.ts'
import type { InFlightRequest } from './flow/in-flight.ts'
import { Booking } from './flow/booking.ts'
import { Draws } from './flow/draws.ts'
import { ModelEstimates } from './flow/estimates.ts'
import type { EndpointView, Router } from './router.ts'
import type { Candidate, Policy, PolicyDefinition, PolicyRequest } from './scheduling/policy.ts'

export interface RouterOptions {
  readonly policy: PolicyDefinition
  readonly clock: Pick<Clock, 'now'>
  readonly random: () => number
  /** Size of the blocks that prompts are cut into. */
  readonly blockTokens: number
}

/** Joins pool snapshot, prefix knowledge, in-flight account and policy. No I/O; O(endpoints × prompt blocks) a decision. */
export function createRouter(options: RouterOptions): Router {
  return new PolicyRouter(options)
}

interface Seen {
  readonly state: EndpointState
  readonly book: EndpointBook
  readonly candidate: Candidate
}

class PolicyRouter implements Router {
  readonly #options: RouterOptions
  readonly #policy: Policy
  readonly #draws: Draws
  readonly #books: EndpointBooks
  readonly #estimates = new Map<string, ModelEstimates>()
  #knownVersion = -1

  constructor(options: RouterOptions) {
    this.#options = options
    this.#draws = new Draws(options.random)
    this.#policy = options.policy.create({ clock: options.clock, random: () => this.#draws.next() })
    this.#books = new EndpointBooks(options.blockTokens)
  }

  route(request: PolicyRequest, snapshot: PoolSnapshot, exclude?: ReadonlySet<string>): RouteResult {
    this.#dropGone(snapshot)
    const seen = this.#candidates(request, snapshot, exclude).map((state) =>
      see(request, state, this.#books.of(state.endpoint.name, capacityTokens(state))),
    )
    if (seen.length === 0) return { kind: 'no-endpoint', ...noEndpoint(request, snapshot) }
    const { decision, index, chosen } = this.#decide(request, seen)
    this.#policy.routed?.(
      request,
      seen.map(({ candidate }) => candidate),
      index,
    )
    this.#draws.use()
    return { kind: 'routed', decision, ticket: this.#book(request, chosen, decision) }
  }

  explain(request: PolicyRequest, snapshot: PoolSnapshot): Decision | undefined {
    const seen = this.#candidates(request, snapshot, undefined).map((state) =>
      see(request, state, this.#books.peek(state.endpoint.name, capacityTokens(state))),
    )
    if (seen.length === 0) return undefined
    const { decision } = this.#decide(request, seen)
    this.#draws.putBack()
    return decision
  }

  view(endpointName: string): EndpointView {
    const book = this.#books.peek(endpointName)
    book.assumeFirstTokens()
    const { load, cache } = book
    return { load, indexedBlocks: cache.indexedBlocks, capacityBlocks: cache.capacityBlocks }
  }

  forget(endpointName: string): void {
    this.#books.forget(endpointName)
  }

  #dropGone(snapshot: PoolSnapshot): void {
    if (snapshot.version === this.#knownVersion) return
    this.#knownVersion = snapshot.version
    this.#books.keep(new Set(snapshot.endpoints.map(({ endpoint }) => endpoint.name)))
  }

  #candidates(
    request: PolicyRequest,
    snapshot: PoolSnapshot,
    exclude: ReadonlySet<string> | undefined,
  ): readonly EndpointState[] {
    const serving = snapshot.endpoints.filter(
      (state) => serves(state, request.model) && exclude?.has(state.endpoint.name) !== true,
    )
    // An endpoint that looks down is still tried when nothing better is left: a wrong probe must not eject the pool.
    const healthy = serving.filter(({ health }) => health === 'ready' || health === 'unknown')
    return healthy.length > 0 ? healthy : serving
  }

  #decide(request: PolicyRequest, seen: readonly Seen[]): { decision: Decision; index: number; chosen: Seen } {
    const choice = this.#policy.choose(
      request,
      seen.map(({ candidate }) => candidate),
      this.#estimatesOf(request.model).expect(request.maxOutputTokens),
    )
    const chosen = seen[choice.index]
    if (chosen === undefined)
      throw new RangeError(`policy ${this.#options.policy.type} chose candidate ${choice.index} of ${seen.length}`)
    const { blockTokens, promptTokens, keys } = request.prompt
    const { matchedBlocks } = chosen.candidate
    const decision: Decision = {
      requestId: request.id,
      model: request.model,
      policy: this.#options.policy.type,
      endpoint: chosen.state.endpoint,
      reason: choice.reason,
      promptTokens,
      promptBlocks: keys.length,
      matchedBlocks,
      predictedCachedTokens: Math.min(Math.floor(matchedBlocks * blockTokens), Math.max(0, promptTokens - 1)),
      candidates: seen.map(({ candidate: { endpoint, load, matchedBlocks: matched } }, i) => {
        const score = choice.scores?.[i]
        return {
          endpoint: endpoint.name,
          ...(score === undefined ? {} : { score }),
          matchedBlocks: matched,
          inFlightRequests: load.requests,
          prefillTokens: load.prefillTokens,
        }
      }),
    }
    return { decision, index: choice.index, chosen }
  }

  #book(request: PolicyRequest, { book }: Seen, decision: Decision): Ticket {
    const { keys, promptTokens, blockTokens } = request.prompt
    const estimates = this.#estimatesOf(request.model)
    const entry: InFlightRequest = {
      keys,
      promptTokens,
      uncachedTokens: promptTokens - decision.predictedCachedTokens,
      // On average over its life half of an answer is resident.
      expectedOutputBlocks: Math.ceil(estimates.expect(request.maxOutputTokens).outputTokens / 2 / blockTokens),
    }
    const streams = request.streams !== false
    const { load, cache } = book
    const booking = new Booking({ entry, load, cache, estimates, blockTokens, streams, clock: this.#options.clock })
    if (!streams) book.assumeLater(booking)
    return booking
  }

  /** Bounded by the models that endpoints serve: requests for others never get here. */
  #estimatesOf(model: string): ModelEstimates {
    let estimate = this.#estimates.get(model)
    if (estimate === undefined) {
      estimate = new ModelEstimates()
      this.#estimates.set(model, estimate)
    }
    return estimate
  }
}

function see(request: PolicyRequest, state: EndpointState, book: EndpointBook): Seen {
  const { endpoint, signals } = state
  book.assumeFirstTokens()
  const matchedBlocks = book.cache.match(request.prompt.keys)
  const capacityBlocks = book.cache.capacityBlocks
  return { state, book, candidate: { endpoint, signals, load: book.load, matchedBlocks, capacityBlocks } }
}

function serves({ endpoint, servedModels }: EndpointState, model: string): boolean {
  return endpoint.model === model || servedModels?.includes(model) === true
}

function capacityTokens({ signals }: EndpointState): number | undefined {
  const { kvCacheTokens, kvCacheBlocks, blockSizeTokens } = signals
  if (kvCacheTokens !== undefined) return kvCacheTokens
  return kvCacheBlocks === undefined || blockSizeTokens === undefined ? undefined : kvCacheBlocks * blockSizeTokens
}

function noEndpoint(
  request: PolicyRequest,
  { endpoints }: PoolSnapshot,
): { why: NoEndpointReason; knownModels: readonly string[] } {
  const knownModels = [
    ...new Set(endpoints.flatMap(({ endpoint, servedModels }) => [endpoint.model, ...(servedModels ?? [])])),
  ]
  return { why: knownModels.includes(request.model) ? 'none-ready' : 'unknown-model', knownModels }
}
