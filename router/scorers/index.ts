import type { ScorerDefinition } from '../scheduling/scorer.ts'
import { kvCacheUtilization } from './kv-cache-utilization.ts'
import { prefixCache } from './prefix-cache.ts'
import { queueDepth } from './queue-depth.ts'
import { tokenLoad } from './token-load.ts'

export const scorers: readonly ScorerDefinition[] = [kvCacheUtilization, prefixCache, queueDepth, tokenLoad]
