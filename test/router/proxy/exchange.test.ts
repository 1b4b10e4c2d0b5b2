import fc from 'fast-check'
import t from 'tap'
import {
  advance,
  type Exchange,
  type ExchangeAction,
  type ExchangeEvent,
  newExchange,
} from '../../../router/proxy/exchange.ts'
import type { Failure } from '../../../router/proxy/retry.ts'

const limits = { retries: 2, repeatable: true }
const dropped: Failure = { kind: 'dropped', what: 'ECONNRESET' }

function run(
  events: readonly ExchangeEvent[],
  given = limits,
): { exchange: Exchange; actions: readonly ExchangeAction[] } {
  let exchange = newExchange
  const actions: ExchangeAction[] = []
  for (const event of events) {
    const [next, done] = advance(exchange, event, given)
    exchange = next
    actions.push(...done)
  }
  return { exchange, actions }
}

const namesOf = (events: readonly ExchangeEvent[], given = limits) =>
  run(events, given).actions.map((action) => action.do)

const head = (attempt: number, status = 200): ExchangeEvent => ({ kind: 'head', attempt, status })
const body = (attempt: number): ExchangeEvent => ({ kind: 'body', attempt })
const end = (attempt: number): ExchangeEvent => ({ kind: 'end', attempt })
const broken = (attempt: number, failure: Failure = dropped, reusedIdle = false): ExchangeEvent => ({
  kind: 'broken',
  attempt,
  failure,
  reusedIdle,
})
const routed: ExchangeEvent = { kind: 'routed' }
const unroutable: ExchangeEvent = { kind: 'unroutable' }
const gone: ExchangeEvent = { kind: 'client-gone' }

const stories: readonly (readonly [string, readonly ExchangeEvent[], readonly string[]])[] = [
  [
    'a good answer is relayed and its ticket finished',
    [routed, head(1), body(1), end(1)],
    ['send', 'relay-head', 'finish-ticket', 'end-answer', 'record'],
  ],
  [
    'an answer without a body is relayed at its end',
    [routed, head(1, 204), end(1)],
    ['send', 'relay-head', 'finish-ticket', 'end-answer', 'record'],
  ],
  [
    'a refusal by the engine is relayed and its ticket cancelled',
    [routed, head(1, 400), body(1), end(1)],
    ['send', 'relay-head', 'cancel-ticket', 'end-answer', 'record'],
  ],
  ['no endpoint: the router answers', [unroutable], ['answer', 'record']],
  [
    'a replica that breaks before its head gives way to another',
    [routed, broken(1), routed, head(2), body(2), end(2)],
    ['send', 'drop-upstream', 'cancel-ticket', 'route', 'send', 'relay-head', 'finish-ticket', 'end-answer', 'record'],
  ],
  [
    'a replica that breaks between head and body gives way, too',
    [routed, head(1), broken(1), routed],
    ['send', 'drop-upstream', 'cancel-ticket', 'route', 'send'],
  ],
  [
    'a replica that breaks within the body ends the answer',
    [routed, head(1), body(1), broken(1)],
    ['send', 'relay-head', 'drop-upstream', 'cancel-ticket', 'break-answer', 'record'],
  ],
  [
    'a 503 gives way to another replica',
    [routed, head(1, 503), routed, head(2)],
    ['send', 'cancel-ticket', 'route', 'drop-upstream', 'send'],
  ],
  [
    'a 503 is relayed when there is no other',
    [routed, head(1, 503), unroutable, end(1)],
    ['send', 'cancel-ticket', 'route', 'relay-head', 'end-answer', 'record'],
  ],
  [
    'a stale kept-alive connection is replaced by a new one to the same replica',
    [routed, broken(1, dropped, true), head(2), body(2)],
    ['send', 'drop-upstream', 'resend', 'relay-head'],
  ],
  [
    'a new connection that breaks as well is a failure',
    [routed, broken(1, dropped, true), broken(2, dropped, true), routed],
    ['send', 'drop-upstream', 'resend', 'drop-upstream', 'cancel-ticket', 'route', 'send'],
  ],
  [
    'after the last retry the failure is answered',
    [routed, broken(1), routed, broken(2), routed, broken(3)],
    [
      'send',
      'drop-upstream',
      'cancel-ticket',
      'route',
      'send',
      'drop-upstream',
      'cancel-ticket',
      'route',
      'send',
      'drop-upstream',
      'cancel-ticket',
      'answer',
      'record',
    ],
  ],
  [
    'with no endpoint left the last failure is answered',
    [routed, broken(1), unroutable],
    ['send', 'drop-upstream', 'cancel-ticket', 'route', 'answer', 'record'],
  ],
  [
    'a client that leaves frees the replica at once',
    [routed, gone],
    ['send', 'drop-upstream', 'cancel-ticket', 'record'],
  ],
  [
    'a client that leaves within the answer frees the replica at once',
    [routed, head(1), body(1), gone, end(1)],
    ['send', 'relay-head', 'drop-upstream', 'cancel-ticket', 'record'],
  ],
  [
    'a client that closes after the answer changes nothing',
    [routed, head(1), body(1), end(1), gone],
    ['send', 'relay-head', 'finish-ticket', 'end-answer', 'record'],
  ],
]

for (const [what, events, actions] of stories) {
  t.test(what, (t) => {
    t.strictSame(namesOf(events), actions)
    t.end()
  })
}

t.test('without retries the first failure is answered', (t) => {
  const { actions } = run([routed, broken(1)], { retries: 0, repeatable: true })
  t.match(actions.at(-2), { do: 'answer', failure: dropped })
  t.end()
})

t.test('a request of unknown effect is not repeated once a replica may have seen it', (t) => {
  const strict = { retries: 2, repeatable: false }
  t.notOk(namesOf([routed, broken(1)], strict).includes('route'))
  t.ok(namesOf([routed, broken(1, { kind: 'unreachable', what: 'ECONNREFUSED' })], strict).includes('route'))
  t.end()
})

const failure = fc.constantFrom<Failure>(
  dropped,
  { kind: 'unreachable', what: '' },
  { kind: 'garbage', what: '' },
  { kind: 'first-byte-timeout', timeoutMs: 1 },
  { kind: 'idle-timeout', timeoutMs: 1 },
)
const attempt = fc.integer({ min: 1, max: 5 })
const event = fc.oneof(
  fc.constant(routed),
  fc.constant(routed),
  fc.constant(unroutable),
  fc.constant(gone),
  fc.record({ kind: fc.constant('head' as const), attempt, status: fc.constantFrom(200, 204, 400, 500, 502, 503) }),
  fc.record({ kind: fc.constant('body' as const), attempt }),
  fc.record({ kind: fc.constant('end' as const), attempt }),
  fc.record({ kind: fc.constant('broken' as const), attempt, failure, reusedIdle: fc.boolean() }),
)
const anyLimits = fc.record({ retries: fc.nat(3), repeatable: fc.boolean() })
const anyOrder = fc.array(event, { maxLength: 40 })
const count = (actions: readonly ExchangeAction[], ...names: readonly string[]) =>
  actions.filter((action) => names.includes(action.do)).length

t.test('in any order of events each ticket is ended once', (t) => {
  const law = fc.property(anyOrder, anyLimits, (events, given) => {
    const { exchange, actions } = run([...events, gone], given)
    return (
      exchange.phase === 'over' &&
      !exchange.ticketOpen &&
      count(actions, 'send') === count(actions, 'finish-ticket', 'cancel-ticket')
    )
  })
  t.doesNotThrow(() => fc.assert(law, { numRuns: 3000 }))
  t.end()
})

t.test('in any order of events the client gets one answer at most, and nothing is sent after it began', (t) => {
  const law = fc.property(anyOrder, anyLimits, (events, given) => {
    const { actions } = run([...events, gone], given)
    const began = actions.findIndex((action) => action.do === 'relay-head' || action.do === 'answer')
    const after = began < 0 ? [] : actions.slice(began + 1)
    return (
      count(actions, 'relay-head', 'answer') <= 1 &&
      count(actions, 'end-answer', 'break-answer', 'answer') <= 1 &&
      count(actions, 'record') === 1 &&
      actions.at(-1)?.do === 'record' &&
      count(after, 'send', 'resend', 'route') === 0
    )
  })
  t.doesNotThrow(() => fc.assert(law, { numRuns: 3000 }))
  t.end()
})

t.test('in any order of events no call to a replica stays open, and retries stay within their number', (t) => {
  const law = fc.property(anyOrder, anyLimits, (events, given) => {
    let exchange = newExchange
    let open = 0
    let sent = 0
    for (const one of [...events, gone]) {
      const wasOpen = exchange.upstreamOpen
      const [next, actions] = advance(exchange, one, given)
      exchange = next
      for (const action of actions) {
        if (action.do === 'send' || action.do === 'resend') open++
        if (action.do === 'drop-upstream') open--
        if (action.do === 'send') sent++
      }
      if (one.kind === 'end' && wasOpen && !next.upstreamOpen) open--
      if (open !== (next.upstreamOpen ? 1 : 0)) return false
    }
    return open === 0 && sent <= given.retries + 1
  })
  t.doesNotThrow(() => fc.assert(law, { numRuns: 3000 }))
  t.end()
})
