import { defineProfile } from '../scheduling/profile.ts'
import { kvCacheUtilization } from '../scorers/kv-cache-utilization.ts'
import { prefixCache } from '../scorers/prefix-cache.ts'
import { queueDepth } from '../scorers/queue-depth.ts'

export const llmD = defineProfile({
  type: 'llm-d',
  doc: "llm-d's weighted profile: queue 2, KV cache utilization 2, prefix cache 3, greatest sum wins.",
  filters: [],
  scorers: [
    { scorer: queueDepth, weight: 2 },
    { scorer: kvCacheUtilization, weight: 2 },
    { scorer: prefixCache, weight: 3 },
  ],
})
