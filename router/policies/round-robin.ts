import { definePolicy } from '../scheduling/policy.ts'

export const roundRobin = definePolicy({
  type: 'round-robin',
  doc: 'Each endpoint in turn.',
  create: () => {
    let turn = 0
    return {
      choose: (_request, candidates) => ({ index: turn % candidates.length, reason: 'next in turn' }),
      routed: () => {
        turn++
      },
    }
  },
})
