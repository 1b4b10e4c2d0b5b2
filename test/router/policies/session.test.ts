import t from 'tap'
import { session } from '../../../router/policies/session.ts'
import { candidate, expected, policyRequest, span } from '../../support/candidates.ts'

const policy = session.create({ clock: { now: () => 0 }, random: () => 0.5 })
const candidates = ['a', 'b', 'c'].map((name) => candidate(name, { answering: name === 'b' ? [] : [[]] }))

t.test('a session keeps its endpoint, whatever it asks and however busy that is', async (t) => {
  const chosen = span(0, 20).map(
    (i) => policy.choose(policyRequest(span(i, i), { sessionId: 's' }), candidates, expected).index,
  )
  t.equal(new Set(chosen).size, 1)
})

t.test('requests without a session go where the fewest are in flight', async (t) => {
  t.match(policy.choose(policyRequest(span(0, 9)), candidates, expected), { index: 1, reason: '0 in flight' })
})
