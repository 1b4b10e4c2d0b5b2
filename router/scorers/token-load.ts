import { defineScorer } from '../scheduling/scorer.ts'

/** llm-d router v0.10 token-load-scorer, queueThresholdTokens. */
const THRESHOLD_TOKENS = 4_194_304

export const tokenLoad = defineScorer({
  type: 'token-load-scorer',
  doc: '1 - min(tokens in flight before their first answer + own uncached tokens, 4,194,304) / 4,194,304, as llm-d router v0.10.',
  score: ({ prompt }, candidates) =>
    candidates.map(({ load, matchedBlocks }) => {
      const own = Math.max(0, prompt.promptTokens - matchedBlocks * prompt.blockTokens)
      return 1 - Math.min(load.prefillTokens + own, THRESHOLD_TOKENS) / THRESHOLD_TOKENS
    }),
  examples: [
    {
      name: 'a quarter of the threshold in flight leaves 0.75',
      promptBlocks: 0,
      candidates: [{ prefillTokens: 0 }, { prefillTokens: 1_048_576 }, { prefillTokens: 9_000_000 }],
      scores: [1, 0.75, 0],
    },
  ],
})
