import t from 'tap'
import { prefixHash } from '../../../router/policies/prefix-hash.ts'
import { type Candidate } from '../../../router/scheduling/policy.ts'
import { candidate, expected, policyRequest, span } from '../../support/candidates.ts'

const policy = prefixHash.create({ clock: { now: () => 0 }, random: () => 0.5 })
const inFlight = (count: number) => ({ answering: span(0, count).map(() => []) })

function choose(keys: readonly number[], candidates: readonly Candidate[]): string | undefined {
  return candidates[policy.choose(policyRequest(keys), candidates, expected).index]?.endpoint.name
}

t.test('prompts with the same first 256 tokens go to the same endpoint, whatever follows', async (t) => {
  const candidates = ['a', 'b', 'c', 'd', 'e'].map((name) => candidate(name))
  const shared = span(0, 16)
  const homes = span(1, 50).map((i) => choose([...shared, ...span(i * 1000, 30)], candidates))
  t.equal(new Set(homes).size, 1)
  const own = span(1, 50).map((i) => choose([...span(0, 15), ...span(i * 1000, 30)], candidates))
  t.equal(new Set(own).size, 5, 'block 16 differs')
})

t.test(
  'an endpoint with more than 1.25 times the mean in flight is passed over for the next in its order',
  async (t) => {
    const at = (counts: Readonly<Record<string, number>>) =>
      ['a', 'b', 'c', 'd'].map((name) => candidate(name, inFlight(counts[name] ?? 0)))
    const home = choose(span(0, 20), at({})) ?? ''
    const [quiet = ''] = ['a', 'b', 'c', 'd'].filter((name) => name !== home)
    // The bound is (13 + 1) / 4 x 1.25 = 4.4.
    t.equal(choose(span(0, 20), at({ a: 4, b: 4, c: 4, d: 4, [quiet]: 1 })), home)
    const fallback = choose(span(0, 20), at({ [home]: 8 }))
    t.not(fallback, home)
    const left = at({}).filter(({ endpoint }) => endpoint.name !== home)
    t.equal(choose(span(0, 20), left), fallback, 'the next is who would be first without the home')
  },
)

t.test('prompts shorter than a block go where the fewest are in flight', async (t) => {
  const candidates = [candidate('a', inFlight(3)), candidate('b', inFlight(1)), candidate('c', inFlight(2))]
  t.equal(choose([], candidates), 'b')
})
