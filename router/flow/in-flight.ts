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
  /** How many of `keys` no request in flight holds yet: what admitting the prompt would add to `kvBlocks`. */
  newBlocks(keys: ArrayLike<number>): number
}
