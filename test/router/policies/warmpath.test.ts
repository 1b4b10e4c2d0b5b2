import t from 'tap'
import { createRouter } from '../../../router/create-router.ts'
import { warmpath } from '../../../router/policies/warmpath.ts'
import type { Candidate } from '../../../router/scheduling/policy.ts'
import { createRandom } from '../../../src/random.ts'
import { candidate, expected, policyRequest, span } from '../../support/candidates.ts'

// Endpoints have 1000 blocks of 16 tokens, answers hold theirs for 5 s, 16 prompt tokens are computed per ms.

const policy = warmpath.create({ clock: { now: () => 0 }, random: () => 0.5 })

function choose(keys: readonly number[], candidates: readonly Candidate[]) {
  const { index, reason } = policy.choose(policyRequest(keys), candidates, expected)
  return { chosen: candidates[index]?.endpoint.name, reason }
}

/** `count` prompts of 20 blocks that share nothing. */
const strangers = (count: number, first = 100_000) => span(0, count).map((i) => span(first + i * 100, 20))

t.test('a cold prompt goes where the fewest prompt tokens wait', async (t) => {
  const candidates = [
    candidate('a', { prefilling: strangers(3) }),
    candidate('b', { prefilling: strangers(1) }),
    candidate('c', { prefilling: strangers(2) }),
  ]
  t.same(choose(span(0, 20), candidates), { chosen: 'b', reason: 'cold prompt, least load' })
})

t.test('with no prompt waiting, a cold prompt goes where the fewest blocks are in use', async (t) => {
  const candidates = [
    candidate('a', { answering: strangers(9) }),
    candidate('b', { answering: strangers(8) }),
    candidate('c', { answering: strangers(10) }),
  ]
  t.equal(choose(span(0, 20), candidates).chosen, 'b')
})

t.test('a cold prompt goes where there is room in proportion: a larger endpoint is emptier', async (t) => {
  const candidates = [
    candidate('small', { answering: strangers(9), capacityBlocks: 500 }),
    candidate('large', { answering: strangers(10), capacityBlocks: 1000 }),
  ]
  t.equal(choose(span(0, 20), candidates).chosen, 'large')
})

t.test('a warm prompt goes to its home, although that is busier', async (t) => {
  const candidates = [
    candidate('idle'),
    candidate('home', { matchedBlocks: 50, answering: strangers(6) }),
    candidate('other', { answering: strangers(2) }),
  ]
  t.same(choose(span(0, 60), candidates), { chosen: 'home', reason: 'prefix-hit 50/60 blocks' })
})

t.test(
  'of two that hold unequal parts the one that holds more is chosen, until it has more work than that saves',
  async (t) => {
    const at = (waiting: number) => [
      candidate('more', { matchedBlocks: 50, prefilling: strangers(waiting) }),
      candidate('less', { matchedBlocks: 30 }),
      candidate('none'),
    ]
    t.equal(choose(span(0, 60), at(0)).chosen, 'more')
    t.same(choose(span(0, 60), at(2)), {
      chosen: 'less',
      reason: 'spread: prefix-hit 30/60 blocks, a holder of 50 is busier',
    })
  },
)

t.test('a prefix that is only cached is left as soon as waiting for room takes longer than computing', async (t) => {
  const at = (inUse: number) => [
    candidate('home', { matchedBlocks: 100, answering: strangers(inUse) }),
    candidate('empty'),
  ]
  // 100 blocks take 100 ms to compute. A stranger and its answer take 25 of 1000.
  t.equal(choose(span(0, 110), at(20)).chosen, 'home', '50 % in use')
  t.equal(choose(span(0, 110), at(44)).chosen, 'empty', '110 % in use')
})

t.test('a prefix of little demand that is in use keeps one home, although that is fuller than another', async (t) => {
  const group = [...span(0, 50), ...span(500, 5)]
  const candidates = [
    candidate('a', { answering: strangers(12) }),
    candidate('home', { matchedBlocks: 50, answering: [group, ...strangers(44)] }),
    candidate('b', { answering: strangers(12) }),
  ]
  t.equal(choose([...span(0, 50), ...span(600, 5)], candidates).chosen, 'home', '116 % in use')
})

t.test('a home that is several times over-full is left for an empty endpoint all the same', async (t) => {
  const group = [...span(0, 50), ...span(500, 5)]
  const candidates = [
    candidate('home', { matchedBlocks: 50, answering: [group, ...strangers(250)] }),
    candidate('empty'),
  ]
  t.equal(choose([...span(0, 50), ...span(600, 5)], candidates).chosen, 'empty')
})

t.test(
  'a prompt that would fill half of a small endpoint goes to a large one, although another waits there',
  async (t) => {
    const candidates = [candidate('small', { capacityBlocks: 250 }), candidate('large', { prefilling: strangers(1) })]
    t.equal(choose(span(0, 125), candidates).chosen, 'large')
  },
)

t.test('a few cached blocks draw no prompt to an endpoint that is half full', async (t) => {
  const candidates = [candidate('home', { matchedBlocks: 5, answering: strangers(16) }), candidate('empty')]
  t.equal(choose(span(0, 20), candidates).chosen, 'empty')
})

t.test('of two that hold a prompt, the one where it is in use has to find less room for it', async (t) => {
  const shared = span(0, 100)
  const candidates = [
    candidate('cached', { matchedBlocks: 100, answering: [...strangers(33), span(900, 100)] }),
    candidate('in use', { matchedBlocks: 100, answering: [...strangers(33), shared] }),
  ]
  t.equal(choose([...shared, ...span(500, 10)], candidates).chosen, 'in use')
})

t.test(
  'where a prefix is cached it costs nobody room to compute it again, although it is in use elsewhere',
  async (t) => {
    const shared = span(0, 50)
    const candidates = [
      candidate('in use', { matchedBlocks: 50, answering: [shared], prefilling: strangers(3) }),
      candidate('cached', { matchedBlocks: 50 }),
    ]
    t.equal(choose([...shared, ...span(500, 10)], candidates).chosen, 'cached')
  },
)

t.test('a prefix that is in use is at home there, although the index has lost it', async (t) => {
  const shared = span(0, 50)
  const candidates = [candidate('in use', { answering: [shared, ...strangers(4)] }), candidate('empty')]
  t.equal(choose([...shared, ...span(500, 10)], candidates).chosen, 'in use')
})

t.test('while little is in flight a third request for a prefix is no demand for a second home', async (t) => {
  const group = [...span(0, 50), ...span(500, 5)]
  const candidates = [
    candidate('home', { matchedBlocks: 50, answering: [group, group], prefilling: strangers(5) }),
    ...['a', 'b', 'c'].map((name) => candidate(name)),
  ]
  t.equal(choose([...span(0, 50), ...span(600, 5)], candidates).chosen, 'home', '100 ms of work wait there')
})

t.test('one hot prefix spreads over all endpoints, when one alone could not keep up', async (t) => {
  const counts = routeAll(span(0, 120).map((i) => [...span(0, 100), ...span(1000 * (i + 1), 20)]))
  t.ok(
    counts.every((count) => count >= 20 && count <= 40),
    counts.join(', '),
  )
})

t.test('of many groups each keeps to one or two endpoints, and together they fill all', async (t) => {
  const groups = span(0, 16).map((group) => span(group * 10_000, 40))
  const prompts = span(0, 96).map((i) => [...(groups[i % 16] ?? []), ...span(1_000_000 + i * 100, 15)])
  const homes = groups.map(() => new Set<number>())
  const counts = routeAll(prompts, (i, endpoint) => homes[i % 16]?.add(endpoint))
  t.ok(
    homes.every(({ size }) => size <= 2),
    homes.map(({ size }) => size).join(', '),
  )
  t.ok(
    counts.every((count) => count >= 12),
    counts.join(', '),
  )
})

/**
 * Sends a prompt every 6 ms through a router with four endpoints, which compute 16 uncached tokens per ms, one prompt
 * after the other; answers last longer than the test. Returns how many went where.
 */
function routeAll(prompts: readonly (readonly number[])[], saw: (prompt: number, endpoint: number) => void = () => {}) {
  let now = 0
  const router = createRouter({ policy: warmpath, clock: { now: () => now }, random: createRandom(1), blockTokens: 16 })
  const endpoints = ['a', 'b', 'c', 'd'].map((name) => {
    const { endpoint } = candidate(name)
    return { endpoint, health: 'ready' as const, signals: { kvCacheTokens: 64_000 } }
  })
  const idleAtMs = endpoints.map(() => 0)
  const counts = endpoints.map(() => 0)
  let firstTokens: { readonly atMs: number; readonly tell: () => void }[] = []
  prompts.forEach((keys, i) => {
    now = i * 6
    firstTokens.filter(({ atMs }) => atMs <= now).forEach(({ tell }) => tell())
    firstTokens = firstTokens.filter(({ atMs }) => atMs > now)
    const result = router.route(policyRequest(keys), { version: 1, endpoints })
    if (result.kind !== 'routed') throw new Error(result.why)
    const { decision, ticket } = result
    const chosen = endpoints.findIndex(({ endpoint }) => endpoint === decision.endpoint)
    const atMs = Math.max(now, idleAtMs[chosen] ?? 0) + (decision.promptTokens - decision.predictedCachedTokens) / 16
    idleAtMs[chosen] = atMs
    firstTokens.push({ atMs, tell: () => ticket.firstToken() })
    counts[chosen] = (counts[chosen] ?? 0) + 1
    saw(i, chosen)
  })
  return counts
}

t.test('a hundred times over capacity the less overfull endpoint is still told apart', async (t) => {
  const crowd = (name: string, prompts: number) =>
    candidate(name, { answering: strangers(prompts), capacityBlocks: 10, outputBlocks: 0 })
  t.equal(choose(span(0, 20), [crowd('a', 60), crowd('b', 50), crowd('c', 70)]).chosen, 'b')
})
