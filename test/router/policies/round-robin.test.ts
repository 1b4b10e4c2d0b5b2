import t from 'tap'
import { roundRobin } from '../../../router/policies/round-robin.ts'
import { candidate, expected, policyRequest } from '../../support/candidates.ts'

function takeTurns(models: readonly string[]): readonly number[] {
  const policy = roundRobin.create({ clock: { now: () => 0 }, random: () => 0 })
  const candidates = ['a', 'b'].map((name) => candidate(name))
  return models.map((model) => {
    const request = policyRequest([], { model })
    const { index } = policy.choose(request, candidates, expected)
    policy.routed?.(request, candidates, index)
    return index
  })
}

t.test('each endpoint has its turn', async (t) => {
  t.same(takeTurns(['m', 'm', 'm', 'm', 'm']), [0, 1, 0, 1, 0])
})

t.test('two models that take turns each go round all their endpoints', async (t) => {
  t.same(takeTurns(['m', 'n', 'm', 'n', 'm', 'n']), [0, 0, 1, 1, 0, 0])
})
