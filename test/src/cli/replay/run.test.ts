import t from 'tap'
import { definePolicy, policies } from '../../../../router/index.ts'
import { hitRatio } from '../../../../src/cli/replay/summary.ts'
import { type ReplayOptions, runReplay } from '../../../../src/cli/replay/run.ts'
import type { Trace, TraceRequest } from '../../../../src/cli/replay/trace.ts'
import { poissonArrivals, uniformIndex } from '../../../../src/cli/replay/workloads/chance.ts'
import type { EngineSignals } from '../../../../src/endpoints/endpoint.ts'
import { createRandom } from '../../../../src/random.ts'
import type { ReferenceSizes } from '../../../support/reference-engine.ts'
import { testProfile } from '../../../support/traced-engine.ts'

const named = (...types: readonly string[]) => policies.filter(({ type }) => types.includes(type))
const traceOf = (requests: readonly TraceRequest[]): Trace => ({ name: 'test', requests, skippedLines: 0 })

/** A prompt of content `id` alone, 4 tokens a block. */
const request = (atMs: number, id: number, given: { readonly prompt?: number; readonly output?: number } = {}) => {
  const { prompt: promptTokens = 8, output: outputTokens = 1 } = given
  return { atMs, promptTokens, outputTokens, content: [{ id, tokens: promptTokens }] }
}

const replay = (trace: Trace, given: Partial<ReplayOptions> & { readonly sizes?: Partial<ReferenceSizes> } = {}) =>
  runReplay({
    trace,
    policies: named('round-robin'),
    profile: testProfile(given.sizes),
    replicas: 1,
    speed: 1,
    seed: 1,
    blockTokens: 4,
    routerBlockTokens: 4,
    metricsIntervalMs: 100,
    onProgress() {},
    ...given,
  })

const outcomesOf = async (...given: Parameters<typeof replay>) => (await replay(...given))[0]?.requests

// A step takes 10 ms + 1 ms per prompt token computed + 1 ms per answer.

t.test('a request on an idle replica waits for its own prompt alone', async (t) => {
  t.same(await outcomesOf(traceOf([request(0, 1, { output: 3 })])), [
    { atMs: 0, promptTokens: 8, outputTokens: 3, cachedTokens: 0, replica: 0, ttftMs: 18, e2eMs: 40 },
  ])
})

t.test(
  'one that comes during a step waits for its end, and shares the step after with the answer under way',
  async (t) => {
    const outcomes = await outcomesOf(traceOf([request(0, 1, { output: 2 }), request(5, 1, { output: 2 })]))
    // 0-18: 8 tokens; 18-33: one answer and 4 tokens, the other block being cached; 33-44: one answer.
    t.match(outcomes, [
      { cachedTokens: 0, ttftMs: 18, e2eMs: 33 },
      { cachedTokens: 4, ttftMs: 28, e2eMs: 39 },
    ])
  },
)

t.test('at double speed the same requests come in half the time', async (t) => {
  const trace = traceOf([request(0, 1), request(40, 2), request(44, 3)])
  t.match(await outcomesOf(trace), [
    { atMs: 0, ttftMs: 18 },
    { atMs: 40, ttftMs: 18 },
    { atMs: 44, ttftMs: 58 + 18 - 44 },
  ])
  t.match(await outcomesOf(trace, { speed: 2 }), [
    { atMs: 0, ttftMs: 18 },
    { atMs: 20, ttftMs: 18 },
    { atMs: 22, ttftMs: 38 + 18 - 22 },
  ])
})

t.test('round-robin gives two replicas a request in turn, and each has a cache of its own', async (t) => {
  const trace = traceOf([0, 100, 200, 300].map((atMs) => request(atMs, 1, { prompt: 9 })))
  t.match(await outcomesOf(trace, { replicas: 2 }), [
    { replica: 0, cachedTokens: 0, ttftMs: 19 },
    { replica: 1, cachedTokens: 0, ttftMs: 19 },
    { replica: 0, cachedTokens: 8, ttftMs: 11 },
    { replica: 1, cachedTokens: 8, ttftMs: 11 },
  ])
})

t.test('a router that cuts coarser blocks finds the same prefixes, as far as they go', async (t) => {
  const trace = traceOf([request(0, 1, { prompt: 30 }), request(1000, 2), request(2000, 1, { prompt: 30 })])
  for (const routerBlockTokens of [4, 8, 20]) {
    const given = { policies: named('llm-d-sticky'), replicas: 2, routerBlockTokens }
    const [first, , again] = (await outcomesOf(trace, given)) ?? []
    t.match(again, { replica: first?.replica, cachedTokens: 28 }, `${routerBlockTokens} tokens`)
  }
})

t.test('a request that no replica can ever hold fails, and the others go on as if it had not come', async (t) => {
  const sizes = { kvBlocks: 4 }
  const giant = request(3, 9, { prompt: 10, output: 8 })
  const outcomes = await outcomesOf(traceOf([request(0, 1), giant, request(50, 2, { prompt: 10, output: 7 })]), {
    sizes,
  })
  t.match(outcomes, [
    { ttftMs: 18 },
    { atMs: 3, promptTokens: 10, outputTokens: 8, cachedTokens: 0, replica: undefined, ttftMs: undefined },
    { ttftMs: 20, e2eMs: 20 + 6 * 11 },
  ])
  t.equal(outcomes?.[1]?.e2eMs, undefined)
  t.match(await outcomesOf(traceOf([giant]), { sizes }), [{ ttftMs: undefined }], 'also when it is the last')
})

interface Glance {
  readonly keys: readonly number[]
  readonly inFlight: readonly number[]
  readonly prefillTokens: readonly number[]
  readonly signals: readonly EngineSignals[]
}

/** What the policy is shown for each request; all go to the first replica. */
async function glances(trace: Trace, given: Parameters<typeof replay>[1] = {}): Promise<readonly Glance[]> {
  const seen: Glance[] = []
  const spy = definePolicy({
    type: 'spy',
    doc: '',
    create: () => ({
      choose({ prompt }, candidates) {
        seen.push({
          keys: Array.from(prompt.keys),
          inFlight: candidates.map(({ load }) => load.requests),
          prefillTokens: candidates.map(({ load }) => load.prefillTokens),
          signals: candidates.map(({ signals }) => signals),
        })
        return { index: 0, reason: 'first' }
      },
    }),
  })
  await replay(trace, { ...given, policies: [spy] })
  return seen
}

t.test('a request is in flight from its arrival to its end, its prompt until its first token', async (t) => {
  const arrivals = [0, 17, 18, 100, 1000].map((atMs, id) => request(atMs, id, { output: id === 2 ? 5 : 1 }))
  // The first ends at 18, before the one that comes then; the second, which waited, at 36, with the third's first token.
  const seen = await glances(traceOf(arrivals))
  t.same(
    seen.map(({ inFlight, prefillTokens }) => [inFlight, prefillTokens]),
    [
      [[0], [0]],
      [[1], [8]],
      [[1], [8]],
      [[0], [0]],
      [[0], [0]],
    ],
  )
  const [, during] = await glances(traceOf([request(0, 1, { output: 50 }), request(100, 2)]))
  t.match(during, { inFlight: [1], prefillTokens: [0] })
})

t.test('a failed request is not in flight', async (t) => {
  const trace = traceOf([request(0, 1, { prompt: 100 }), request(0, 2)])
  t.match(await glances(trace, { sizes: { kvBlocks: 4 } }), [{ inFlight: [0] }, { inFlight: [0], prefillTokens: [0] }])
})

t.test('signals are as old as the interval at most, and no newer within it', async (t) => {
  const trace = traceOf([0, 10, 99, 100, 150].map((atMs, id) => request(atMs, id, { output: 50 })))
  const seen = await glances(trace, { metricsIntervalMs: 100 })
  t.same(
    seen.map(({ signals: [signals] }) => (signals?.requestsRunning ?? 0) + (signals?.requestsWaiting ?? 0)),
    [0, 0, 0, 3, 3],
  )
  t.match(seen[3]?.signals, [{ kvCacheBlocks: 100, blockSizeTokens: 4 }])
})

t.test('a router’s block stands for all of the engine’s blocks in it, and only for blocks of the prompt', async (t) => {
  const twoParts = (atMs: number, second: number, answer: number) => ({
    atMs,
    promptTokens: 10,
    outputTokens: 6,
    content: [
      { id: 1, tokens: 4 },
      { id: second, tokens: 6 },
      { id: answer, tokens: 6 },
    ],
  })
  const trace = traceOf([twoParts(0, 2, 10), twoParts(1, 3, 10), twoParts(2, 2, 11)])
  const [first, otherEnd, otherAnswer] = await glances(trace, { routerBlockTokens: 8 })
  t.equal(first?.keys.length, 1)
  t.not(first?.keys[0], otherEnd?.keys[0])
  t.same(first?.keys, otherAnswer?.keys)
})

t.test('prompts longer than the engine’s context are served: traces come from other models', async (t) => {
  t.match(await outcomesOf(traceOf([request(0, 1, { prompt: 1200 })]), { sizes: { kvBlocks: 400 } }), [
    { cachedTokens: 0, ttftMs: 1010 + 210 },
  ])
})

/** 24 groups that share 320 of 384 tokens: too many for one cache, few enough for four. */
function groupedTrace(requests: number): Trace {
  const random = createRandom(7)
  const arrivals = poissonArrivals(random, requests, 10)
  return traceOf(
    arrivals.map((atMs, index) => {
      const content = [
        { id: uniformIndex(random, 24), tokens: 320 },
        { id: 100 + index, tokens: 64 },
      ]
      return { atMs, promptTokens: 384, outputTokens: 10, content }
    }),
  )
}

const grouped: Partial<ReplayOptions> & { readonly sizes: Partial<ReferenceSizes> } = {
  replicas: 4,
  blockTokens: 16,
  routerBlockTokens: 64,
  sizes: { blockTokens: 16, kvBlocks: 220 },
}

t.test('policies that know prefixes hit more than those that do not', async (t) => {
  const runs = await replay(groupedTrace(600), { ...grouped, policies })
  const hits = new Map(runs.map(({ name, requests }) => [name, hitRatio(requests) ?? NaN]))
  const blind = Math.max(...['round-robin', 'random', 'least-request', 'session'].map((name) => hits.get(name) ?? NaN))
  for (const name of ['warmpath', 'llm-d', 'llm-d-sticky', 'prefix-hash']) {
    t.ok((hits.get(name) ?? NaN) > blind + 0.2, `${name}: ${hits.get(name)} of ${blind}`)
  }
  t.same(
    runs.map(({ name }) => name),
    policies.map(({ type }) => type),
  )
})

t.test('the same seed gives the same outcomes and samples, another seed others', async (t) => {
  const run = async (seed: number) => {
    const runs = await replay(groupedTrace(200), { ...grouped, seed, policies: named('warmpath', 'random') })
    return JSON.stringify(runs.map(({ name, requests, samples }) => ({ name, requests, samples })))
  }
  const [one, again, other] = [await run(1), await run(1), await run(2)]
  t.ok(one === again)
  t.ok(one !== other)
})

t.test('every request has one outcome, in order of arrival, whose times and cached tokens are possible', async (t) => {
  const trace = groupedTrace(300)
  for (const { name, requests } of await replay(trace, { ...grouped, policies })) {
    const sound = requests.every(({ atMs, cachedTokens, ttftMs = NaN, e2eMs = NaN, replica = -1 }, index) => {
      const arrived = trace.requests[index]?.atMs === atMs
      return arrived && cachedTokens < 384 && ttftMs > 10 && e2eMs >= ttftMs + 9 * 11 && replica >= 0 && replica < 4
    })
    t.ok(sound && requests.length === 300, name)
  }
})

t.test('progress is told from nothing to all, under the name of the policy that runs', async (t) => {
  const told: [number, number, string][] = []
  await replay(groupedTrace(150), {
    ...grouped,
    policies: named('random', 'session'),
    onProgress: (...progress) => told.push(progress),
  })
  t.same(told, [
    [0, 150, 'session'],
    [64, 150, 'session'],
    [128, 150, 'session'],
    [150, 150, 'session'],
    [0, 150, 'random'],
    [64, 150, 'random'],
    [128, 150, 'random'],
    [150, 150, 'random'],
  ])
})

t.test('the fleet is sampled every second as it was then, idle times included', async (t) => {
  const long = request(2500, 1, { output: 60 })
  const [run] = await replay(traceOf([request(0, 2), long, { ...long, atMs: 2501 }, request(5000, 3)]))
  t.same(
    run?.samples.map(({ atMs, replicas }) => [atMs, replicas[0]?.running, replicas[0]?.waiting]),
    [
      [0, 0, 0],
      [1000, 0, 0],
      [2000, 0, 0],
      [3000, 2, 0],
      [4000, 0, 0],
      [5000, 0, 0],
    ],
  )
  // In the 39th step after both had their first token: 48 and 47 tokens, the first block shared, of 100 blocks.
  t.equal(run?.samples[3]?.replicas[0]?.kvUsedFraction, 0.23)
})
