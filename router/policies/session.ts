import { hashText, rendezvousWeight } from '../prefix/rendezvous.ts'
import { pickGreatest } from '../scheduling/pick.ts'
import { definePolicy } from '../scheduling/policy.ts'
import { leastRequest } from './least-request.ts'

export const session = definePolicy({
  type: 'session',
  doc: 'Rendezvous hash of the session id (x-session-id); requests without one go where the fewest are in flight.',
  create: (deps) => {
    const fallback = leastRequest.create(deps)
    return {
      choose(request, candidates, expected) {
        if (request.sessionId === undefined) return fallback.choose(request, candidates, expected)
        const key = hashText(request.sessionId)
        const weights = candidates.map(({ endpoint }) => rendezvousWeight(key, hashText(endpoint.name)))
        return { index: pickGreatest(weights, deps.random), reason: 'session' }
      },
    }
  },
})
