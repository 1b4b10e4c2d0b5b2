import t from 'tap'
import { createRandom } from '../../src/random.ts'

const draw = (seed: number, count: number): readonly number[] => {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => random())
}

t.test('createRandom() gives equal sequences for equal seeds and others for others, beyond 32 bits too', (t) => {
  t.same(draw(7, 100), draw(7, 100))
  const firsts = [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((seed) => draw(seed, 1)[0])
  t.equal(new Set(firsts).size, firsts.length)
  t.end()
})

t.test('createRandom() draws evenly from 0 to below 1', (t) => {
  const drawn = draw(1, 100_000)
  const tenths = Array.from({ length: 10 }, (_, tenth) => drawn.filter((x) => Math.floor(x * 10) === tenth).length)
  // 5 standard deviations of a binomial with n = 100,000 and p = 0.1.
  t.ok(
    tenths.every((count) => Math.abs(count - 10_000) < 475),
    tenths.join(),
  )
  t.equal(
    tenths.reduce((sum, count) => sum + count, 0),
    drawn.length,
  )
  t.end()
})

t.test('createRandom() has no memory from one draw to the next', (t) => {
  const drawn = draw(3, 50_000)
  const products = drawn.slice(1).map((x, index) => (x - 0.5) * ((drawn[index] ?? 0) - 0.5))
  const correlation = (12 * products.reduce((sum, x) => sum + x, 0)) / products.length
  t.ok(Math.abs(correlation) < 0.025, `${correlation}`)
  t.end()
})
