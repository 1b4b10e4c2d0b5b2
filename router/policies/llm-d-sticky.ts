import { prefixCacheAffinity } from '../filters/prefix-cache-affinity.ts'
import { defineProfile } from '../scheduling/profile.ts'
import { tokenLoad } from '../scorers/token-load.ts'

export const llmDSticky = defineProfile({
  type: 'llm-d-sticky',
  doc: "llm-d's sticky profile: stay with endpoints that hold 80 % of the prompt, then least tokens in flight.",
  filters: [prefixCacheAffinity],
  scorers: [{ scorer: tokenLoad, weight: 1 }],
})
