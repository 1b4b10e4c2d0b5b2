import { pickLeast } from '../scheduling/pick.ts'
import { definePolicy } from '../scheduling/policy.ts'

export const leastRequest = definePolicy({
  type: 'least-request',
  doc: 'The endpoint with the fewest requests in flight; ties at random.',
  create: ({ random }) => ({
    choose(_request, candidates) {
      const requests = candidates.map(({ load }) => load.requests)
      const index = pickLeast(requests, random)
      return { index, reason: `${requests[index] ?? 0} in flight`, scores: requests.map((count) => -count) }
    },
  }),
})
