import { defineFilter } from '../scheduling/filter.ts'
import type { Candidate } from '../scheduling/policy.ts'

// Defaults of llm-d router v0.10 prefix-cache-affinity-filter README (2026-08).
const AFFINITY_THRESHOLD = 0.8
const MAX_TTFT_PENALTY_MS = 18_000
const PEAK_PREFILL_TOKENS_PER_MS = 15.928

export const prefixCacheAffinity = defineFilter({
  type: 'prefix-cache-affinity-filter',
  doc:
    'Keeps endpoints that hold at least 80 % of the prompt; none does: keeps all. Keeps all too when the best of them ' +
    'would answer over 18 s later than the best of the others (tokens in flight / 15,928 tok/s). As llm-d router v0.10.',
  keep: ({ prompt: { keys } }, candidates) => {
    const sticky = candidates.map(
      ({ matchedBlocks }) => keys.length > 0 && matchedBlocks / keys.length >= AFFINITY_THRESHOLD,
    )
    const penaltyMs =
      leastWaitMs(candidates.filter((_, i) => sticky[i] === true)) -
      leastWaitMs(candidates.filter((_, i) => sticky[i] !== true))
    return penaltyMs > MAX_TTFT_PENALTY_MS ? candidates.map(() => true) : sticky
  },
})

function leastWaitMs(candidates: readonly Candidate[]): number {
  return Math.min(...candidates.map(({ load }) => load.prefillTokens / PEAK_PREFILL_TOKENS_PER_MS))
}
