/** What the router itself has in flight on one endpoint: exact, unlike polled metrics. */
export interface EndpointLoad {
  readonly requests: number
  /** Requests that wait for their first token. */
  readonly prefillRequests: number
  /** Uncached prompt tokens of those. */
  readonly prefillTokens: number
  /** Prompt tokens of all requests in flight, cached or not. */
  readonly promptTokens: number
  /** Distinct KV blocks that the requests in flight hold together, shared prefixes once, expected output included. */
  readonly kvBlocks: number
  /** Requests in flight whose prompt contains this block. */
  holders(key: number): number
}

export interface InFlightRequest {
  readonly keys: ArrayLike<number>
  readonly promptTokens: number
  readonly uncachedTokens: number
  readonly expectedOutputBlocks: number
}

/** The in-flight account of one endpoint. Each `start` is undone by exactly one `end`; `firstToken` comes at most once between. */
export class InFlight implements EndpointLoad {
  requests = 0
  prefillRequests = 0
  prefillTokens = 0
  promptTokens = 0
  #outputBlocks = 0
  readonly #holders = new Map<number, number>()

  get kvBlocks(): number {
    return this.#holders.size + this.#outputBlocks
  }

  holders(key: number): number {
    return this.#holders.get(key) ?? 0
  }

  start(request: InFlightRequest): void {
    this.requests++
    this.prefillRequests++
    this.prefillTokens += request.uncachedTokens
    this.promptTokens += request.promptTokens
    this.#outputBlocks += request.expectedOutputBlocks
    const { keys } = request
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? -1
      this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1)
    }
  }

  firstToken(request: InFlightRequest): void {
    this.prefillRequests--
    this.prefillTokens -= request.uncachedTokens
  }

  end(request: InFlightRequest, state: { readonly firstTokenSeen: boolean }): void {
    if (!state.firstTokenSeen) this.firstToken(request)
    this.requests--
    this.promptTokens -= request.promptTokens
    this.#outputBlocks -= request.expectedOutputBlocks
    const { keys } = request
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? -1
      const holders = (this.#holders.get(key) ?? 0) - 1
      if (holders > 0) this.#holders.set(key, holders)
      else this.#holders.delete(key)
    }
  }
}
