import t from 'tap'
import { pickGreatest, pickLeast } from '../../../router/scheduling/pick.ts'
import { createRandom } from '../../../src/random.ts'

const never = () => {
  throw new Error('drew without a tie')
}

t.test('the greatest score wins, and the least cost, without a draw', async (t) => {
  t.equal(pickGreatest([0.2, 0.9, undefined, 0.3], never), 1)
  t.equal(pickGreatest([-5, -2, -9], never), 1)
  t.equal(pickLeast([3, 1, 2], never), 1)
  t.equal(pickGreatest([undefined, 0], never), 1)
  t.equal(pickGreatest([0.5], never), 0)
})

t.test('equals win equally often', async (t) => {
  const random = createRandom(1)
  for (const scores of [
    [1, 0, 1, 1],
    [undefined, undefined, undefined],
  ]) {
    const wins = scores.map(() => 0)
    for (let i = 0; i < 3000; i++) {
      const winner = pickGreatest(scores, random)
      wins[winner] = (wins[winner] ?? 0) + 1
    }
    for (const [i, score] of scores.entries()) {
      if (score === 0) t.equal(wins[i], 0)
      else t.ok(Math.abs((wins[i] ?? 0) - 1000) < 100, `${wins[i]} of 3000`)
    }
  }
})
