import { definePolicy } from '../scheduling/policy.ts'

export const randomPolicy = definePolicy({
  type: 'random',
  doc: 'Any endpoint with equal chance.',
  create: ({ random }) => ({
    choose: (_request, candidates) => ({ index: Math.floor(random() * candidates.length), reason: 'drawn at random' }),
  }),
})
