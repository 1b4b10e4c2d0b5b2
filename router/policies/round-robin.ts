import { definePolicy } from '../scheduling/policy.ts'

export const roundRobin = definePolicy({
  type: 'round-robin',
  doc: 'Each endpoint in turn.',
  create: () => {
    /** Per model: models that take turns would else each keep to some of their endpoints. */
    const turns = new Map<string, number>()
    return {
      choose: ({ model }, candidates) => ({
        index: (turns.get(model) ?? 0) % candidates.length,
        reason: 'next in turn',
      }),
      routed: ({ model }) => void turns.set(model, (turns.get(model) ?? 0) + 1),
    }
  },
})
