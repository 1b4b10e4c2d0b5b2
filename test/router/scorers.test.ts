import fc from 'fast-check'
import t from 'tap'
import { scorers } from '../../router/scorers/index.ts'
import type { Candidate, PolicyRequest } from '../../router/scheduling/policy.ts'
import type { ScorerExample } from '../../router/scheduling/scorer.ts'
import { candidate, deepFreeze, policyRequest, span } from '../support/candidates.ts'

type ScorerCase = Pick<ScorerExample, 'promptBlocks' | 'candidates'>

function toArguments({ promptBlocks = 8, candidates }: ScorerCase): [PolicyRequest, readonly Candidate[]] {
  const request = policyRequest(span(0, promptBlocks))
  const given = candidates.map(({ prefillTokens, ...facts }, i) =>
    candidate(`e${i}`, {
      ...facts,
      ...(prefillTokens === undefined ? {} : { prefilling: [[]], uncachedTokens: prefillTokens }),
    }),
  )
  return [request, given]
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const anyCase: fc.Arbitrary<ScorerCase> = fc.nat(20).chain((promptBlocks) =>
  fc.record({
    promptBlocks: fc.constant(promptBlocks),
    candidates: fc.array(
      fc.record(
        {
          signals: fc.record({ requestsWaiting: fc.nat(1000), kvCacheUtilization: share }, { requiredKeys: [] }),
          matchedBlocks: fc.nat(promptBlocks),
          prefillTokens: fc.nat(10_000_000),
        },
        { requiredKeys: [] },
      ),
      { minLength: 1, maxLength: 6 },
    ),
  }),
)

for (const { type, doc, score, examples } of scorers) {
  for (const { name, scores, ...example } of examples) {
    t.test(`${type}: ${name}`, async (t) => {
      t.same(score(...toArguments(example)), scores)
    })
  }

  t.test(`${type} is documented, with examples`, async (t) => {
    t.ok(doc.length > 0 && examples.length > 0)
  })

  t.test(`${type} scores every candidate 0 to 1 or not at all, in order, and changes nothing`, async () => {
    const property = fc.property(anyCase, (given) => {
      const [request, candidates] = toArguments(given)
      deepFreeze(request)
      candidates.forEach(deepFreeze)
      const scores = score(request, candidates)
      return scores.length === candidates.length && scores.every((one) => one === undefined || (one >= 0 && one <= 1))
    })
    fc.assert(property)
  })

  t.test(`${type} does not care for the order of candidates`, async () => {
    const property = fc.property(anyCase, (given) => {
      const [request, candidates] = toArguments(given)
      const turned = score(request, candidates.toReversed()).toReversed()
      return score(request, candidates).every((one, i) => one === turned[i])
    })
    fc.assert(property)
  })

  t.test(`${type} prefers none of several endpoints of which nothing is known`, async (t) => {
    t.equal(new Set(score(...toArguments({ promptBlocks: 0, candidates: [{}, {}, {}] }))).size, 1)
  })
}

t.test('scorers have names of their own', async (t) => {
  t.equal(new Set(scorers.map(({ type }) => type)).size, scorers.length)
})
