import t from 'tap'
import { Draws } from '../../../router/flow/draws.ts'

function drawsOf(count: number) {
  let drawn = 0
  const draws = new Draws(() => ++drawn)
  return { draws, next: (n = count) => Array.from({ length: n }, () => draws.next()) }
}

t.test('what is put back is drawn again', async (t) => {
  const { draws, next } = drawsOf(2)
  t.same(next(), [1, 2])
  draws.putBack()
  t.same(next(3), [1, 2, 3])
  draws.putBack()
  t.same(next(1), [1])
})

t.test('what is used is gone, and looking ahead changes nothing of what comes', async (t) => {
  const { draws, next } = drawsOf(3)
  next()
  draws.putBack()
  t.same(next(2), [1, 2])
  draws.use()
  t.same(next(), [3, 4, 5])
  draws.use()
  t.same(next(1), [6])
})
