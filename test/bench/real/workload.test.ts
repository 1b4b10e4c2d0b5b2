import t from 'tap'
import { blockKeys } from '../../../src/cli/replay/block-keys.ts'
import { w0 } from '../../../src/cli/replay/workloads/w0.ts'
import { createRandom } from '../../../src/random.ts'
import { promptIds, requestsPerSecond, scaledW0, sharedPrefixTrace } from './workload.ts'

const shape = { ...scaledW0, requests: 60 }
const trace = sharedPrefixTrace(shape, { rate: 5, seed: 3 })

t.test('system prompt and question have the proportion of W0', async (t) => {
  const [request] = w0.generate(w0.defaults, createRandom(1))
  const [system, question] = request?.content ?? []
  const scale = (system?.tokens ?? 0) / scaledW0.systemTokens
  t.ok(Math.abs((question?.tokens ?? 0) / scaledW0.questionTokens / scale - 1) < 0.02)
})

t.test('equal seeds give equal requests, other seeds others', async (t) => {
  t.same(sharedPrefixTrace(shape, { rate: 5, seed: 3 }), trace)
  t.notSame(sharedPrefixTrace(shape, { rate: 5, seed: 4 }), trace)
})

t.test('prompts share the blocks of token ids that the trace says they share, and no others', async (t) => {
  const blockTokens = 32
  const keys = blockKeys(trace, blockTokens)
  const contents = new Map<number, string>()
  for (const [index, request] of trace.requests.entries()) {
    const ids = promptIds(request, 3)
    t.equal(ids.length, request.promptTokens)
    for (let block = 0; (block + 1) * blockTokens <= ids.length; block++) {
      const key = keys[index]?.[block] ?? -1
      const content = ids.slice(0, (block + 1) * blockTokens).join(' ')
      if ((contents.get(key) ?? content) !== content) t.fail(`block ${block} of request ${index} is another`)
      contents.set(key, content)
    }
  }
  t.equal(new Set(contents.values()).size, contents.size)
})

t.test('answers share no block', async (t) => {
  const prompts = scaledW0.systemTokens + scaledW0.questionTokens
  const answers = blockKeys(trace, 32).flatMap((keys) => [...keys].slice(Math.ceil(prompts / 32)))
  t.equal(new Set(answers).size, answers.length)
})

t.test('token ids are those of bytes: none is special', async (t) => {
  const ids = trace.requests.slice(0, 5).flatMap((request) => promptIds(request, 3))
  t.ok(Math.min(...ids) >= 4 && Math.max(...ids) < 260)
})

t.test('arrivals ask as many tokens of the engines as the demand says', async (t) => {
  const rate = requestsPerSecond(scaledW0, { engines: 2, prefillTokensPerSecond: 4000, demand: 1.5 })
  t.equal(rate * 2000, 1.5 * 2 * 4000)
})
