import t from 'tap'
import { leastSquares } from './least-squares.ts'

t.test('what generated the values is found, however far apart the sizes of the terms', async (t) => {
  const truth = [3, 0.25, 2e-6]
  const terms = [
    [1, 10, 1e5],
    [1, 200, 4e6],
    [1, 2000, 2e6],
    [0, 40, 9e5],
    [1, 1, 1],
  ]
  const equations = terms.map((row) => ({ terms: row, value: row.reduce((sum, x, i) => sum + x * (truth[i] ?? 0), 0) }))
  const found = leastSquares(equations, 3)
  found.forEach((x, i) => t.ok(Math.abs(x - (truth[i] ?? 0)) < 1e-6 * (truth[i] ?? 1), `${x}`))
})

t.test('errors count in proportion: 10 % of a small value weighs as much as 10 % of a large one', async (t) => {
  const [x = 0] = leastSquares(
    [
      { terms: [1], value: 1 },
      { terms: [100], value: 120 },
    ],
    1,
  )
  // Least squares of (x - 1) and (x / 1.2 - 1).
  t.ok(Math.abs(x - (1 + 1 / 1.2) / (1 + 1 / 1.44)) < 1e-9, `${x}`)
})

t.test('nothing is negative: a cost that would be is 0, and the others are found without it', async (t) => {
  const found = leastSquares(
    [
      { terms: [1, 1], value: 10 },
      { terms: [1, 2], value: 9 },
      { terms: [1, 3], value: 8 },
    ],
    2,
  )
  t.equal(found[1], 0)
  t.ok((found[0] ?? 0) > 8 && (found[0] ?? 0) < 10)
})

t.test('a cost that no sample shows is 0', async (t) => {
  t.same(leastSquares([{ terms: [2, 0], value: 4 }], 2), [2, 0])
})
