import t from 'tap'
import type { Expectation } from '../../../router/flow/estimates.ts'
import { definePolicy, type PolicyRequest } from '../../../router/scheduling/policy.ts'
import type { EngineSignals } from '../../../src/endpoints/endpoint.ts'
import { policyRequest, span } from '../../support/candidates.ts'
import { endpointState, idle, routerFor, snapshotOf } from '../../support/routed-pool.ts'

const pool = snapshotOf(['a', 'b', 'c'].map((name) => endpointState(name)))

t.test('a whole answer shows no first token, so its prompt counts as computed after its expected time', async (t) => {
  const { route, view, clock } = routerFor()
  const { to, ticket } = route(policyRequest(span(0, 20), { streams: false }), pool)
  ticket.firstToken()
  clock.nowMs = 19
  t.match(view(to), { prefillRequests: 1, prefillTokens: 320 })
  clock.nowMs = 20
  t.match(view(to), { requests: 1, prefillRequests: 0, prefillTokens: 0 })
  ticket.finish({ outputTokens: 5 })
  t.match(view(to), idle)
})

/** A router with one endpoint, and what its policy is told to expect of the next request. */
function expectingRouter(signals: EngineSignals = {}) {
  let expectation: Expectation | undefined
  const policy = definePolicy({
    type: 'spy',
    doc: '',
    create: () => ({
      choose: (_request, _candidates, expected) => {
        expectation = expected
        return { index: 0, reason: 'first' }
      },
    }),
  })
  const routed = routerFor({ policy })
  const send = (given: Partial<PolicyRequest> & { readonly keys?: readonly number[] } = {}) =>
    routed.route(policyRequest(given.keys ?? [], given), snapshotOf([endpointState('a', { signals })]))
  const expected = (given: Partial<PolicyRequest> = {}) => {
    send(given).ticket.cancel()
    return expectation
  }
  return { ...routed, send, expected }
}

for (const streams of [true, false]) {
  t.test(`how long answers are is learned from those that ${streams ? 'stream' : 'come whole'}`, async (t) => {
    const { send, expected, clock } = expectingRouter()
    const { ticket } = send({ keys: span(0, 20), streams })
    clock.nowMs = 20
    ticket.firstToken()
    clock.nowMs = 1020
    ticket.finish({ outputTokens: 40 })
    clock.nowMs = 9000
    ticket.finish({ outputTokens: 9000 })
    t.same(expected(), { outputTokens: 40, holdMs: 1000, prefillTokensPerMs: 16 })
    t.match(expected({ maxOutputTokens: 10 }), { outputTokens: 10, holdMs: 250 })
  })
}

t.test('the events of a stream stand in for output tokens that are not reported', async (t) => {
  const { send, expected } = expectingRouter()
  const [counted, reported] = [send().ticket, send().ticket]
  counted.firstToken()
  counted.finish({ streamEvents: 30 })
  t.match(expected(), { outputTokens: 30 })
  reported.firstToken()
  reported.finish({ streamEvents: 30, outputTokens: 130 })
  t.match(expected(), { outputTokens: 32 })
})

t.test(
  'how fast prompts are computed is learned from first tokens, unless they may have waited for memory',
  async (t) => {
    for (const [signals, learns] of [
      [{ kvCacheTokens: 100_000 }, true],
      [{ kvCacheTokens: 32_000 }, false],
    ] as const) {
      const { send, expected, clock } = expectingRouter(signals)
      for (let i = 1; i <= 40; i++) {
        const { ticket } = send({ keys: span(i * 10_000, 2000) })
        clock.nowMs += 4000
        ticket.firstToken()
        ticket.cancel()
      }
      const { prefillTokensPerMs = NaN } = expected() ?? {}
      t.ok(learns ? Math.abs(prefillTokensPerMs - 8) < 0.5 : prefillTokensPerMs === 16, `${prefillTokensPerMs}`)
    }
  },
)

t.test('answers take room in the index', async (t) => {
  const { send } = expectingRouter({ kvCacheTokens: 160 })
  for (const [keys, outputTokens] of [
    [span(0, 4), 1],
    [span(100, 2), 65],
  ] as const) {
    const { ticket } = send({ keys })
    ticket.firstToken()
    ticket.finish({ outputTokens })
  }
  // Of 10 blocks the first request took 4 + 1, the second 2 + 5: three of the four are left.
  t.equal(send({ keys: span(0, 4) }).decision.matchedBlocks, 3)
})
