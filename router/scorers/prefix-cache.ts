import { defineScorer } from '../scheduling/scorer.ts'

export const prefixCache = defineScorer({
  type: 'prefix-cache-scorer',
  doc: 'Matched leading blocks / prompt blocks. Formula of llm-d router v0.10 with matchLengthWeight 0.',
  score: ({ prompt: { keys } }, candidates) =>
    candidates.map(({ matchedBlocks }) => (keys.length === 0 ? undefined : matchedBlocks / keys.length)),
  examples: [
    {
      name: 'the share of the prompt that is held',
      promptBlocks: 8,
      candidates: [{ matchedBlocks: 0 }, { matchedBlocks: 2 }, { matchedBlocks: 8 }],
      scores: [0, 0.25, 1],
    },
    { name: 'a prompt shorter than a block abstains', promptBlocks: 0, candidates: [{}], scores: [undefined] },
  ],
})
