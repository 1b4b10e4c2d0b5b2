import { hashText, rendezvousWeight } from '../prefix/rendezvous.ts'
import { definePolicy } from '../scheduling/policy.ts'
import { leastRequest } from './least-request.ts'

/** The first tokens of a prompt that stand for it (SMG prefix_hash hashes 256). */
const PREFIX_TOKENS = 256
/** How far above the mean an endpoint may be loaded (KubeAI meanLoadFactor 125 %). */
const LOAD_FACTOR = 1.25

export const prefixHash = definePolicy({
  type: 'prefix-hash',
  doc: 'Rendezvous hash of the first 256 tokens with bounded load: in order of preference, the first endpoint with at most 1.25 x the mean in flight.',
  create: (deps) => {
    const fallback = leastRequest.create(deps)
    return {
      choose(request, candidates, expected) {
        const { keys, blockTokens } = request.prompt
        const key = keys[Math.min(keys.length, Math.max(1, Math.floor(PREFIX_TOKENS / blockTokens))) - 1]
        if (key === undefined) return fallback.choose(request, candidates, expected)
        const bound =
          ((candidates.reduce((sum, { load }) => sum + load.requests, 0) + 1) / candidates.length) * LOAD_FACTOR
        const ranked = candidates
          .map(({ endpoint, load }, index) => ({
            index,
            requests: load.requests,
            weight: rendezvousWeight(key, hashText(endpoint.name)),
          }))
          .toSorted((a, b) => b.weight - a.weight)
        const rank = ranked.findIndex(({ requests }) => requests <= bound)
        return { index: ranked[Math.max(0, rank)]?.index ?? 0, reason: `hash choice ${Math.max(0, rank) + 1}` }
      },
    }
  },
})
