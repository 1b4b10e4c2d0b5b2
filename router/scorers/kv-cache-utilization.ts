import { defineScorer } from '../scheduling/scorer.ts'

export const kvCacheUtilization = defineScorer({
  type: 'kv-cache-utilization-scorer',
  doc: '1 - utilization of the KV cache by live requests. Formula of llm-d router v0.10.',
  score: (_request, candidates) =>
    candidates.map(({ signals: { kvCacheUtilization: used } }) => (used === undefined ? undefined : 1 - used)),
  examples: [
    {
      name: 'an empty cache scores 1, a full one 0',
      candidates: [{ signals: { kvCacheUtilization: 0 } }, { signals: { kvCacheUtilization: 1 } }],
      scores: [1, 0],
    },
    { name: 'unknown abstains', candidates: [{}], scores: [undefined] },
  ],
})
