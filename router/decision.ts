import type { Endpoint } from '../src/endpoints/endpoint.ts'

/** One candidate as the decision saw it, for `/api/decisions` and `/api/explain`. */
export interface CandidateReport {
  readonly endpoint: string
  readonly score?: number
  readonly matchedBlocks: number
  readonly inFlightRequests: number
  readonly prefillTokens: number
}

/** Where a request goes, and why. */
export interface Decision {
  readonly requestId: string
  readonly model: string
  readonly policy: string
  readonly endpoint: Endpoint
  readonly reason: string
  readonly promptTokens: number
  readonly promptBlocks: number
  readonly matchedBlocks: number
  readonly predictedCachedTokens: number
  readonly candidates: readonly CandidateReport[]
}

/** What the engine reported of a finished answer; absent = not reported. */
export interface Outcome {
  readonly promptTokens?: number
  readonly outputTokens?: number
  readonly cachedTokens?: number
  /** Events of a stream, which stand in for `outputTokens` where the client asked for no usage. */
  readonly streamEvents?: number
}

/** The in-flight accounting of one attempt. `finish` and `cancel` end it; further calls do nothing. */
export interface Ticket {
  firstToken(): void
  finish(outcome: Outcome): void
  cancel(): void
}

export type RouteResult =
  | { readonly kind: 'routed'; readonly decision: Decision; readonly ticket: Ticket }
  | { readonly kind: 'no-endpoint'; readonly why: NoEndpointReason; readonly knownModels: readonly string[] }

/** `unknown-model`: no endpoint of any pool serves it. `none-ready`: some do, none can take it now (or all were tried). */
export type NoEndpointReason = 'unknown-model' | 'none-ready'
