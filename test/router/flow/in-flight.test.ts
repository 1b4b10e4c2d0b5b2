import fc from 'fast-check'
import t from 'tap'
import { InFlight, type InFlightRequest } from '../../../router/flow/in-flight.ts'

const request: fc.Arbitrary<InFlightRequest> = fc.record({
  keys: fc.array(fc.nat(6), { maxLength: 5 }),
  promptTokens: fc.nat(100),
  uncachedTokens: fc.nat(100),
  expectedOutputBlocks: fc.nat(3),
})

/** Ends may come with or without a first token; each number picks one of those in flight. */
const action = fc.oneof(
  request.map((one) => ({ do: 'start' as const, request: one })),
  fc.nat(20).map((which) => ({ do: 'firstToken' as const, which })),
  fc.nat(20).map((which) => ({ do: 'end' as const, which })),
)

interface Live {
  readonly request: InFlightRequest
  firstTokenSeen: boolean
}

t.test('whatever order requests start, answer and end in, every count is what those in flight add up to', async () => {
  const property = fc.property(fc.array(action, { maxLength: 60, size: 'max' }), (actions) => {
    const account = new InFlight()
    let live: Live[] = []
    for (const step of actions) {
      if (step.do === 'start') {
        account.start(step.request)
        live.push({ request: step.request, firstTokenSeen: false })
      } else {
        const one = live[step.which % Math.max(1, live.length)]
        if (one === undefined) continue
        if (step.do === 'end') {
          account.end(one.request, one)
          live = live.filter((other) => other !== one)
        } else if (!one.firstTokenSeen) {
          account.firstToken(one.request)
          one.firstTokenSeen = true
        }
      }
      if (!agrees(account, live)) return false
    }
    for (const one of live) account.end(one.request, one)
    return agrees(account, [])
  })
  fc.assert(property, { numRuns: 1000 })
})

function agrees(account: InFlight, live: readonly Live[]): boolean {
  const sum = (of: readonly Live[], amount: (one: InFlightRequest) => number) =>
    of.reduce((total, one) => total + amount(one.request), 0)
  const waiting = live.filter(({ firstTokenSeen }) => !firstTokenSeen)
  const prompts = live.map(({ request: { keys } }) => Array.from(keys))
  return (
    account.requests === live.length &&
    account.prefillRequests === waiting.length &&
    account.prefillTokens === sum(waiting, ({ uncachedTokens }) => uncachedTokens) &&
    account.promptTokens === sum(live, ({ promptTokens }) => promptTokens) &&
    account.kvBlocks === new Set(prompts.flat()).size + sum(live, ({ expectedOutputBlocks: blocks }) => blocks) &&
    [0, 1, 2, 3, 4, 5, 6, 7].every((key) => account.holders(key) === prompts.flat().filter((one) => one === key).length)
  )
}

t.test('a prefix that two requests share counts once until both have ended', async (t) => {
  const account = new InFlight()
  const one = { keys: [1, 2, 3], promptTokens: 50, uncachedTokens: 50, expectedOutputBlocks: 2 }
  const other = { keys: [1, 2, 9], promptTokens: 50, uncachedTokens: 18, expectedOutputBlocks: 2 }
  account.start(one)
  account.start(other)
  t.same([account.kvBlocks, account.holders(2), account.holders(9)], [8, 2, 1])
  account.end(one, { firstTokenSeen: false })
  t.same([account.kvBlocks, account.holders(2), account.holders(3)], [5, 1, 0])
})
