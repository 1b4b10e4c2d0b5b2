import { poissonArrivals } from './chance.ts'
import type { Workload } from './workload.ts'

const sharedTokens = 6000
const ownTokens = 1200

/** The counter-case to stickiness: whoever keeps the one prefix on one replica overloads it. */
export const hotPrefix: Workload = {
  name: 'hot-prefix',
  doc: 'one prefix of 6000 tokens shared by all + 1200 own, 300 out',
  defaults: { requestsPerSecond: 40, requests: 3000 },
  generate: ({ requestsPerSecond, requests }, random) =>
    poissonArrivals(random, requests, requestsPerSecond).map((atMs, index) => {
      const content = [
        { id: 0, tokens: sharedTokens },
        { id: index + 1, tokens: ownTokens },
      ]
      return { atMs, promptTokens: sharedTokens + ownTokens, outputTokens: 300, content }
    }),
}
