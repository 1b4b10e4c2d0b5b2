import fc from 'fast-check'
import t from 'tap'
import type { Outcome, Ticket } from '../../router/decision.ts'
import { policies } from '../../router/policies/index.ts'
import { definePolicy, type PolicyRequest } from '../../router/scheduling/policy.ts'
import { createRandom } from '../../src/random.ts'
import { policyRequest, span } from '../support/candidates.ts'
import { endpointState, idle, routerFor, snapshotOf } from '../support/routed-pool.ts'

const names = ['a', 'b', 'c']
const pool = snapshotOf(names.map((name) => endpointState(name)))

t.test('a decision says where a request goes, why, and what each candidate had to offer', async (t) => {
  const { route } = routerFor()
  const first = route(policyRequest(span(0, 10)), pool)
  const { decision } = route(policyRequest(span(0, 12), { id: 'second' }), snapshotOf([endpointState(first.to)]))
  t.match(decision, {
    requestId: 'second',
    model: 'm',
    policy: 'least-request',
    endpoint: { name: first.to },
    promptTokens: 192,
    promptBlocks: 12,
    matchedBlocks: 10,
    predictedCachedTokens: 160,
    candidates: [{ endpoint: first.to, score: -1, matchedBlocks: 10, inFlightRequests: 1, prefillTokens: 160 }],
  })
  t.match(decision.reason, '1 in flight')
})

t.test('of a prompt that is held whole at least one token is expected to be computed', async (t) => {
  const { route } = routerFor()
  const only = snapshotOf([endpointState('a')])
  route(policyRequest(span(0, 4)), only)
  t.match(route(policyRequest(span(0, 4)), only).decision, { matchedBlocks: 4, predictedCachedTokens: 63 })
})

t.test('a request in flight is accounted from its routing to its end', async (t) => {
  const { route, view } = routerFor()
  const { to, ticket } = route(policyRequest(span(0, 10), { maxOutputTokens: 64 }), pool)
  const booked = { requests: 1, prefillRequests: 1, prefillTokens: 160, promptTokens: 160, kvBlocks: 12 }
  t.match(view(to), { ...booked, indexedBlocks: 10 })
  ticket.firstToken()
  t.match(view(to), { ...booked, prefillRequests: 0, prefillTokens: 0 })
  ticket.finish({ outputTokens: 64 })
  t.match(view(to), { ...idle, indexedBlocks: 10 })
})

t.test('a request that ends before its first token leaves no trace, neither in flight nor in the index', async (t) => {
  const { route, view } = routerFor()
  const { to, ticket } = route(policyRequest(span(0, 10)), pool)
  ticket.cancel()
  t.match(view(to), { ...idle, indexedBlocks: 0 })
})

type Call = (ticket: Ticket) => void
const outcome: fc.Arbitrary<Outcome> = fc.record(
  { outputTokens: fc.nat(500), streamEvents: fc.nat(500) },
  { requiredKeys: [] },
)
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.constant((ticket: Ticket) => ticket.firstToken()),
  fc.constant((ticket: Ticket) => ticket.cancel()),
  outcome.map((one) => (ticket: Ticket) => ticket.finish(one)),
)
const step = fc.oneof(
  fc.record({
    keys: fc.tuple(fc.nat(3), fc.nat(8)).map(([group, blocks]) => span(group * 100, blocks)),
    streams: fc.boolean(),
  }),
  fc.record({ which: fc.nat(30), call, afterMs: fc.nat(50) }),
  fc.record({
    version: fc.nat(5),
    alive: fc.subarray(names, { minLength: 1 }),
    tokens: fc.constantFrom(64, 480, 4800),
  }),
)

t.test('tickets may be told anything, in any order and number: counts stay right and come back to zero', async () => {
  const property = fc.property(
    fc.array(step, { maxLength: 60, size: 'max' }),
    fc.constantFrom(...policies),
    (steps, policy) => {
      const { route, view, clock } = routerFor({ policy })
      let snapshot = pool
      const tickets: { readonly to: string; readonly ticket: Ticket }[] = []
      const sound = () =>
        names.every((name) => Object.values(view(name)).every((count) => Number.isFinite(count) && count >= 0))
      for (const one of steps) {
        if ('keys' in one) tickets.push(route(policyRequest(one.keys, { streams: one.streams }), snapshot))
        else if ('which' in one) {
          clock.nowMs += one.afterMs
          const chosen = tickets[one.which % Math.max(1, tickets.length)]
          if (chosen !== undefined) one.call(chosen.ticket)
        } else {
          const signals = { kvCacheTokens: one.tokens }
          const endpoints = one.alive.map((name) => endpointState(name, { signals }))
          snapshot = snapshotOf(endpoints, one.version)
        }
        if (!sound()) return false
      }
      for (const { ticket } of tickets) ticket.cancel()
      return names.every((name) => {
        const { indexedBlocks, capacityBlocks, ...load } = view(name)
        return JSON.stringify(load) === JSON.stringify(idle) && indexedBlocks <= capacityBlocks
      })
    },
  )
  fc.assert(property, { numRuns: 500 })
})

for (const policy of policies) {
  t.test(`${policy.type}: to explain a decision changes nothing, and tells what route then does`, async () => {
    const prompt = fc.tuple(fc.nat(3), fc.nat(8)).map(([group, blocks]) => span(group * 100, blocks))
    const property = fc.property(fc.array(prompt, { minLength: 1, maxLength: 20 }), fc.nat(), (prompts, seed) => {
      const asked = routerFor({ policy, random: createRandom(seed) })
      const plain = routerFor({ policy, random: createRandom(seed) })
      return prompts.every((keys, i) => {
        const request = policyRequest(keys, { streams: i % 3 > 0, sessionId: `s${keys.length}` })
        const snapshot = snapshotOf(names.map((name) => endpointState(name, { signals: { kvCacheTokens: 640 + i } })))
        const before = names.map(asked.view)
        const explained = [asked.router.explain(request, snapshot), asked.router.explain(request, snapshot)]
        const after = names.map(asked.view)
        const routed = asked.route(request, snapshot)
        const { decision, ticket } = plain.route(request, snapshot)
        if (i % 4 > 0) for (const one of [routed.ticket, ticket]) one.firstToken()
        if (i % 2 > 0) for (const one of [routed.ticket, ticket]) one.finish({ outputTokens: 9 })
        asked.clock.nowMs = plain.clock.nowMs += 7
        return same([...explained, routed.decision, before], [decision, decision, decision, after])
      })
    })
    fc.assert(property, { numRuns: 50 })
  })
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

t.test('a model that no endpoint serves is unknown; one that none can take now is not', async (t) => {
  const { router } = routerFor()
  const lora = endpointState('l', { servedModels: ['base', 'adapter'] })
  const request = (model: string): PolicyRequest => policyRequest([1], { model })
  t.same(router.route(request('x'), snapshotOf([...pool.endpoints, lora])), {
    kind: 'no-endpoint',
    why: 'unknown-model',
    knownModels: ['m', 'base', 'adapter'],
  })
  t.match(router.route(request('m'), pool, new Set(names)), { kind: 'no-endpoint', why: 'none-ready' })
  t.match(router.route(request('m'), snapshotOf([])), { why: 'unknown-model', knownModels: [] })
  t.equal(router.explain(request('x'), pool), undefined)
})

t.test('an adapter is served where the endpoint lists it', async (t) => {
  const { route } = routerFor()
  const endpoints = names.map((name) => endpointState(name, { servedModels: name === 'b' ? ['m', 'adapter'] : ['m'] }))
  for (let i = 0; i < 5; i++) t.equal(route(policyRequest([i], { model: 'adapter' }), snapshotOf(endpoints)).to, 'b')
})

t.test('endpoints that were tried are left out', async (t) => {
  const { router } = routerFor()
  for (let i = 0; i < 9; i++) {
    const result = router.route(policyRequest([i]), pool, new Set(['a', 'c']))
    t.match(result, { kind: 'routed', decision: { endpoint: { name: 'b' }, candidates: [{ endpoint: 'b' }] } })
  }
})

t.test('endpoints that look down are tried only when no other is left', async (t) => {
  const { router } = routerFor()
  const endpoints = [
    endpointState('down', { health: 'unreachable' }),
    endpointState('loading', { health: 'unready' }),
    endpointState('new', { health: 'unknown' }),
  ]
  const to = (exclude: readonly string[]) => {
    const result = router.route(policyRequest([1]), snapshotOf(endpoints), new Set(exclude))
    return result.kind === 'routed' ? result.decision.candidates.map(({ endpoint }) => endpoint) : result.why
  }
  t.same([to([]), to(['new']), to(['new', 'down', 'loading'])], [['new'], ['down', 'loading'], 'none-ready'])
})

t.test('what is in flight on an endpoint that leaves is accounted to its end, and then forgotten', async (t) => {
  const { route, view } = routerFor()
  const one = snapshotOf([endpointState('a')], 1)
  const { ticket } = route(policyRequest(span(0, 10)), one)
  const others = snapshotOf([endpointState('b')], 2)
  route(policyRequest([1]), others).ticket.cancel()
  t.match(view('a'), { requests: 1, promptTokens: 160 })
  ticket.firstToken()
  ticket.finish({ outputTokens: 100 })
  t.match(view('a'), idle)
})

t.test('an endpoint that comes back holds nothing, whether or not it left with requests in flight', async (t) => {
  for (const inFlight of [true, false]) {
    const { route, view } = routerFor()
    const { ticket } = route(policyRequest(span(0, 10)), snapshotOf([endpointState('a')], 1))
    ticket.firstToken()
    if (!inFlight) ticket.finish({ outputTokens: 1 })
    route(policyRequest([1]), snapshotOf([endpointState('b')], 2))
    t.equal(route(policyRequest(span(0, 10)), snapshotOf([endpointState('a')], 3)).decision.matchedBlocks, 0)
    ticket.finish({ outputTokens: 1 })
    t.match(view('a'), { requests: 1, indexedBlocks: 10 })
  }
})

t.test('a pool that changes leaves what is known of those that stay as it is', async (t) => {
  const { route } = routerFor()
  for (const [version, inFlight] of [true, false, true].entries()) {
    const endpoints = [endpointState('a'), endpointState(`b${version}`, { health: 'unreachable' })]
    const { decision, ticket } = route(policyRequest(span(0, 10)), snapshotOf(endpoints, version))
    t.equal(decision.matchedBlocks, version === 0 ? 0 : 10)
    ticket.firstToken()
    if (!inFlight) ticket.finish({ outputTokens: 1 })
  }
})

t.test('forgetting an endpoint empties its index and keeps its account', async (t) => {
  const { router, route, view } = routerFor()
  const { to, ticket } = route(policyRequest(span(0, 10)), pool)
  router.forget(to)
  t.match(view(to), { requests: 1, prefillTokens: 160, indexedBlocks: 0 })
  ticket.firstToken()
  ticket.finish({ outputTokens: 1 })
  t.match(view(to), { ...idle, indexedBlocks: 0 })
  router.forget('nobody')
})

t.test(
  'the index is bounded by the engine’s KV cache, and keeps what fits when that turns out to be another',
  async (t) => {
    const { route, view } = routerFor()
    const withSignals = (signals: object) => snapshotOf([endpointState('a', { signals })])
    const send = (signals: object) => {
      const { ticket } = route(policyRequest(span(0, 10)), withSignals(signals))
      ticket.firstToken()
      ticket.finish({ outputTokens: 1 })
      return view('a')
    }
    t.match(send({}), { capacityBlocks: 18_125, indexedBlocks: 10 }, 'assumed: 290,000 tokens')
    t.match(send({ kvCacheBlocks: 40, blockSizeTokens: 32 }), { capacityBlocks: 80, indexedBlocks: 10 })
    t.match(send({ kvCacheBlocks: 40 }), { capacityBlocks: 80, indexedBlocks: 10 }, 'unknown again: as before')
    t.match(send({ kvCacheTokens: 128, kvCacheBlocks: 40, blockSizeTokens: 32 }), {
      capacityBlocks: 8,
      indexedBlocks: 8,
    })
    t.match(send({ kvCacheTokens: 3 }), { capacityBlocks: 1 }, 'never none')
  },
)

t.test('looking at an endpoint that nothing was sent to keeps nothing of it', async (t) => {
  const { view } = routerFor()
  t.same(view('nobody'), { ...idle, indexedBlocks: 0, capacityBlocks: 18_125 })
})

t.test('a policy that chooses nobody is a fault that names it', async (t) => {
  const broken = definePolicy({
    type: 'broken',
    doc: '',
    create: () => ({ choose: () => ({ index: 7, reason: '' }) }),
  })
  t.throws(() => routerFor({ policy: broken }).route(policyRequest([]), pool), /policy broken chose candidate 7 of 3/)
})
