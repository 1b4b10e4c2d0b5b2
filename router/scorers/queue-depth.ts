import { defineScorer } from '../scheduling/scorer.ts'

export const queueDepth = defineScorer({
  type: 'queue-scorer',
  doc: '(max - waiting) / (max - min) over the candidates; all equal gives 1. Formula of llm-d router v0.10 queue-scorer.',
  score: (_request, candidates) => {
    const waiting = candidates.map(({ signals }) => signals.requestsWaiting)
    const known = waiting.filter((one) => one !== undefined)
    const max = Math.max(...known)
    const min = Math.min(...known)
    const score = (own: number): number => (max === min ? 1 : (max - own) / (max - min))
    return waiting.map((own) => (own === undefined ? undefined : score(own)))
  },
  examples: [
    {
      name: 'the shortest queue scores 1, the longest 0',
      candidates: [
        { signals: { requestsWaiting: 0 } },
        { signals: { requestsWaiting: 3 } },
        { signals: { requestsWaiting: 12 } },
      ],
      scores: [1, 0.75, 0],
    },
    {
      name: 'a tie is 1 for all',
      candidates: [{ signals: { requestsWaiting: 4 } }, { signals: { requestsWaiting: 4 } }],
      scores: [1, 1],
    },
    {
      name: 'an unknown queue abstains',
      candidates: [{}, { signals: { requestsWaiting: 4 } }],
      scores: [undefined, 1],
    },
  ],
})
