import { poissonArrivals, uniformIndex } from './chance.ts'
import type { Workload } from './workload.ts'

const groups = 150
const promptsPerGroup = 5
const systemTokens = 6000
const questionTokens = 1200

/**
 * llm-d's standard benchmark (llm-d `guides/optimized-baseline/benchmark-templates/guide.yaml`, inference-perf's
 * `shared_prefix`): 750 prompts, drawn at random and again, at one constant rate.
 */
export const w0: Workload = {
  name: 'w0',
  doc: '150 groups × 5 prompts, 6000 tokens shared in a group + 1200 own, 1000 out',
  defaults: { requestsPerSecond: 30, requests: 3000 },
  generate: ({ requestsPerSecond, requests }, random) =>
    poissonArrivals(random, requests, requestsPerSecond).map((atMs) => {
      const group = uniformIndex(random, groups)
      const question = groups + group * promptsPerGroup + uniformIndex(random, promptsPerGroup)
      const content = [
        { id: group, tokens: systemTokens },
        { id: question, tokens: questionTokens },
      ]
      return { atMs, promptTokens: systemTokens + questionTokens, outputTokens: 1000, content }
    }),
}
