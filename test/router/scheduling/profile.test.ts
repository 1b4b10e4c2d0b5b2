import t from 'tap'
import { defineFilter } from '../../../router/scheduling/filter.ts'
import { defineProfile, type ProfileDefinition } from '../../../router/scheduling/profile.ts'
import { defineScorer } from '../../../router/scheduling/scorer.ts'
import { candidate, expected, policyRequest } from '../../support/candidates.ts'

const names = ['a', 'b', 'c', 'd'] as const

const scorerOf = (scores: Partial<Record<string, number>>) =>
  defineScorer({
    type: 'test-scorer',
    doc: '',
    score: (_request, candidates) => candidates.map(({ endpoint }) => scores[endpoint.name]),
    examples: [],
  })

const filterOf = (kept: string, saw: string[] = []) =>
  defineFilter({
    type: 'test-filter',
    doc: '',
    keep: (_request, candidates) => {
      saw.push(candidates.map(({ endpoint }) => endpoint.name).join(''))
      return candidates.map(({ endpoint }) => kept.includes(endpoint.name))
    },
  })

function choose({ filters = [], scorers }: Pick<ProfileDefinition, 'scorers'> & Partial<ProfileDefinition>) {
  const policy = defineProfile({ type: 'test', doc: '', filters, scorers }).create({
    clock: { now: () => 0 },
    random: () => 0.5,
  })
  const { index, scores } = policy.choose(
    policyRequest([]),
    names.map((name) => candidate(name)),
    expected,
  )
  return { chosen: names[index], scores: scores?.map((one) => one && Math.round(one * 1000) / 1000) }
}

t.test('scorers weigh in by their weights', async (t) => {
  const scorers = [
    { scorer: scorerOf({ a: 1, b: 0.5, c: 0, d: 0 }), weight: 3 },
    { scorer: scorerOf({ a: 0, b: 1, c: 1, d: 0 }), weight: 1 },
  ]
  t.same(choose({ scorers }), { chosen: 'a', scores: [0.75, 0.625, 0.25, 0] })
})

t.test('a scorer that abstains counts neither for nor against', async (t) => {
  const scorers = [
    { scorer: scorerOf({ a: 0.6, b: 0.5, c: 0.4, d: 0.4 }), weight: 1 },
    { scorer: scorerOf({ b: 0.9 }), weight: 1 },
  ]
  t.same(choose({ scorers }), { chosen: 'b', scores: [0.6, 0.7, 0.4, 0.4] })
  t.same(choose({ scorers: scorers.slice(0, 1) }).chosen, 'a')
})

t.test('with no scorer heard any endpoint will do', async (t) => {
  const { scores } = choose({ scorers: [{ scorer: scorerOf({}), weight: 2 }] })
  t.same(scores, [0, 0, 0, 0])
})

t.test('only what every filter keeps is scored, and each sees what the ones before it left', async (t) => {
  const scorers = [{ scorer: scorerOf({ a: 1, b: 0.9, c: 0.1, d: 0.2 }), weight: 1 }]
  const saw: string[] = []
  const filters = [filterOf('bcd', saw), filterOf('acd', saw)]
  t.same(choose({ filters, scorers }), { chosen: 'd', scores: [undefined, undefined, 0.1, 0.2] })
  t.same(saw, ['abcd', 'bcd'])
})

t.test('a filter that would leave none is passed over, and the next works on', async (t) => {
  const scorers = [{ scorer: scorerOf({ a: 1, b: 0.9, c: 0.1, d: 0.2 }), weight: 1 }]
  t.equal(choose({ filters: [filterOf('')], scorers }).chosen, 'a')
  t.equal(choose({ filters: [filterOf('cd'), filterOf('ab'), filterOf('c')], scorers }).chosen, 'c')
})
