import { pickLeast } from '../scheduling/pick.ts'
import { definePolicy } from '../scheduling/policy.ts'

export const warmpath = definePolicy({
  type: 'warmpath',
  doc: 'draft',
  create: ({ random }) => ({
    choose({ prompt }, candidates) {
      const costs = candidates.map(({ load, matchedBlocks }) => (load.prefillTokens + prompt.promptTokens - matchedBlocks * prompt.blockTokens) / 15.928)
      return { index: pickLeast(costs, random), reason: 'draft' }
    },
  }),
})
