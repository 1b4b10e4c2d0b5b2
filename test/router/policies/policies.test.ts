import fc from 'fast-check'
import t from 'tap'
import { policies } from '../../../router/policies/index.ts'
import type { Policy, PolicyRequest } from '../../../router/scheduling/policy.ts'
import { createRandom } from '../../../src/random.ts'
import { candidate, type CandidateFacts, deepFreeze, expected, policyRequest, span } from '../../support/candidates.ts'

interface PolicyCase {
  readonly request: PolicyRequest
  readonly facts: readonly CandidateFacts[]
  readonly seed: number
}

const prompt = fc.tuple(fc.nat(3), fc.nat(6)).map(([group, blocks]) => span(group * 100, blocks))
const prompts = fc.array(prompt, { maxLength: 4 })
const facts: fc.Arbitrary<CandidateFacts> = fc.record({
  signals: fc.record(
    { requestsWaiting: fc.nat(50), kvCacheUtilization: fc.double({ min: 0, max: 1, noNaN: true }) },
    { requiredKeys: [] },
  ),
  matchedBlocks: fc.nat(6),
  capacityBlocks: fc.integer({ min: 10, max: 60 }),
  prefilling: prompts,
  answering: prompts,
})
const anyCase: fc.Arbitrary<PolicyCase> = fc
  .record({
    keys: prompt,
    session: fc.option(fc.string(), { nil: undefined }),
    facts: fc.array(facts, { minLength: 1, maxLength: 6 }),
    seed: fc.nat(),
  })
  .map(({ keys, session, facts: given, seed }) => ({
    request: policyRequest(keys, session === undefined ? {} : { sessionId: session }),
    facts: given.map((one) => ({ ...one, matchedBlocks: Math.min(one.matchedBlocks ?? 0, keys.length) })),
    seed,
  }))

const candidatesOf = ({ facts: given }: PolicyCase) => given.map((one, i) => candidate(`e${i}`, one))

/** Take their turn by place in the list, or draw one. */
const orderMatters = new Set(['round-robin', 'random'])

for (const { type, doc, create } of policies) {
  const policyOf = (seed: number): Policy => create({ clock: { now: () => 0 }, random: createRandom(seed) })

  t.test(`${type} says what it does`, async (t) => {
    t.ok(doc.length > 10)
  })

  t.test(`${type} chooses one of the candidates, scores them in order, and gives a reason`, async () => {
    const property = fc.property(anyCase, (given) => {
      const candidates = candidatesOf(given)
      const { index, scores, reason } = policyOf(given.seed).choose(given.request, candidates, expected)
      const sound = Number.isInteger(index) && index >= 0 && index < candidates.length && reason !== ''
      return sound && (scores === undefined || isAligned(scores, candidates.length))
    })
    fc.assert(property)
  })

  t.test(`${type} chooses alike for like requests and equal chance, and changes nothing in choosing`, async () => {
    const property = fc.property(anyCase, (given) => {
      const candidates = candidatesOf(given)
      candidates.forEach(deepFreeze)
      const [one, other] = [policyOf(given.seed), policyOf(given.seed)]
      const choose = (policy: Policy) => policy.choose(deepFreeze(given.request), candidates, deepFreeze(expected))
      for (let i = 0; i < 3; i++) if (JSON.stringify(choose(one)) !== JSON.stringify(choose(other))) return false
      return true
    })
    fc.assert(property)
  })

  t.test(`${type} chooses the greatest score`, async () => {
    const property = fc.property(anyCase, (given) => {
      const { index, scores } = policyOf(given.seed).choose(given.request, candidatesOf(given), expected)
      return scores === undefined || scores.every((score) => score === undefined || score <= (scores[index] ?? NaN))
    })
    fc.assert(property)
  })

  t.test(`${type} copes with one endpoint of which nothing is known, and a prompt shorter than a block`, async (t) => {
    for (const sessionId of [{}, { sessionId: 's' }]) {
      t.match(policyOf(1).choose(policyRequest([], sessionId), [candidate('a')], expected), { index: 0 })
    }
  })

  t.test(`${type} spreads requests that have nothing in common over equal endpoints`, async (t) => {
    const policy = policyOf(1)
    const candidates = span(0, 4).map((i) => candidate(`e${i}`))
    const chosen = span(1, 400).map((i) => {
      const request = policyRequest(span(i * 100, 20), { sessionId: `s${i}` })
      const { index } = policy.choose(request, candidates, expected)
      policy.routed?.(request, candidates, index)
      return index
    })
    const counts = span(0, 4).map((i) => chosen.filter((one) => one === i).length)
    t.ok(Math.min(...counts) > 60, counts.join(', '))
  })

  if (orderMatters.has(type)) continue
  t.test(`${type} chooses the same endpoint in whatever order they come, unless several are equal`, async () => {
    const property = fc.property(anyCase, (given) => {
      const candidates = candidatesOf(given)
      const { index, scores } = policyOf(given.seed).choose(given.request, candidates, expected)
      if (scores !== undefined && scores.filter((score) => score === scores[index]).length > 1) return true
      const turned = candidates.toReversed()
      const again = policyOf(given.seed + 1).choose(given.request, turned, expected)
      return turned[again.index] === candidates[index]
    })
    fc.assert(property)
  })
}

function isAligned(scores: readonly (number | undefined)[], length: number): boolean {
  return scores.length === length && scores.every((score) => score === undefined || Number.isFinite(score))
}

t.test('policies have names of their own, and the default is first', async (t) => {
  t.equal(new Set(policies.map(({ type }) => type)).size, policies.length)
  t.equal(policies[0]?.type, 'warmpath')
})
