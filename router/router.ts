import type { PoolSnapshot } from '../src/endpoints/endpoint.ts'
import type { Decision, RouteResult } from './decision.ts'
import type { EndpointLoad } from './flow/in-flight.ts'
import type { PolicyRequest } from './scheduling/policy.ts'

/** What the router believes of one endpoint right now. */
export interface EndpointView {
  readonly load: EndpointLoad
  /** Blocks the prefix index holds for it, and its bound. */
  readonly indexedBlocks: number
  readonly capacityBlocks: number
}

export interface Router {
  /** Decides and books the request in flight; the ticket must be ended by `finish` or `cancel`. */
  route(request: PolicyRequest, snapshot: PoolSnapshot, exclude?: ReadonlySet<string>): RouteResult
  /** The decision `route` would take now; nothing is booked, learned or counted. */
  explain(request: PolicyRequest, snapshot: PoolSnapshot): Decision | undefined
  view(endpointName: string): EndpointView
  /** Drops what is known of an endpoint's cache (removed, restarted, cache reset); its in-flight tickets stay valid. */
  forget(endpointName: string): void
}
