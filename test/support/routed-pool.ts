import { createRouter } from '../../router/create-router.ts'
import type { Decision, Ticket } from '../../router/decision.ts'
import { leastRequest } from '../../router/policies/least-request.ts'
import type { PolicyDefinition, PolicyRequest } from '../../router/scheduling/policy.ts'
import type { EndpointState, PoolSnapshot } from '../../src/endpoints/endpoint.ts'
import { createRandom, type Random } from '../../src/random.ts'
import { blockTokens, candidate } from './candidates.ts'

export function endpointState(name: string, given: Partial<EndpointState> = {}): EndpointState {
  return { endpoint: candidate(name).endpoint, health: 'ready', signals: {}, ...given }
}

export function snapshotOf(endpoints: readonly EndpointState[], version = 1): PoolSnapshot {
  return { version, endpoints }
}

/** A router with a clock that tests move. */
export function routerFor(given: { readonly policy?: PolicyDefinition; readonly random?: Random } = {}) {
  const clock = { nowMs: 0, now: () => clock.nowMs }
  const { policy = leastRequest, random = createRandom(1) } = given
  const router = createRouter({ policy, clock, random, blockTokens })

  /** Throws where no endpoint was found. */
  function route(
    request: PolicyRequest,
    snapshot: PoolSnapshot,
  ): { readonly to: string; readonly decision: Decision; readonly ticket: Ticket } {
    const result = router.route(request, snapshot)
    if (result.kind !== 'routed') throw new Error(result.why)
    return { to: result.decision.endpoint.name, ...result }
  }

  /** What is in flight on an endpoint, and how many blocks it is believed to hold. */
  function view(name: string) {
    const { load, indexedBlocks, capacityBlocks } = router.view(name)
    const { requests, prefillRequests, prefillTokens, promptTokens, kvBlocks } = load
    return { requests, prefillRequests, prefillTokens, promptTokens, kvBlocks, indexedBlocks, capacityBlocks }
  }

  return { router, clock, route, view }
}

export const idle = { requests: 0, prefillRequests: 0, prefillTokens: 0, promptTokens: 0, kvBlocks: 0 }
