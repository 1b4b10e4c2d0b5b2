import t from 'tap'
import { exponential, logNormal, tokenCount, uniformIndex } from '../../../../../src/cli/replay/workloads/chance.ts'
import { createRandom } from '../../../../../src/random.ts'

function sample(draw: (random: () => number) => number): readonly number[] {
  const random = createRandom(5)
  return Array.from({ length: 100_000 }, () => draw(random))
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

t.test('exponential() has the mean asked for and as great a deviation', (t) => {
  const values = sample((random) => exponential(random, 40))
  const deviation = Math.sqrt(mean(values.map((value) => (value - 40) ** 2)))
  t.ok(Math.abs(mean(values) / 40 - 1) < 0.02, `${mean(values)}`)
  t.ok(Math.abs(deviation / 40 - 1) < 0.03, `${deviation}`)
  t.end()
})

t.test('logNormal() has the mean asked for, and sigma is the deviation of its logarithm', (t) => {
  const values = sample((random) => logNormal(random, { mean: 200, sigma: 0.8 }))
  const logs = values.map(Math.log)
  const center = mean(logs)
  t.ok(Math.abs(mean(values) / 200 - 1) < 0.03, `${mean(values)}`)
  t.ok(Math.abs(Math.sqrt(mean(logs.map((log) => (log - center) ** 2))) - 0.8) < 0.02)
  t.end()
})

t.test('tokenCount() is whole and within its bounds', (t) => {
  const values = sample((random) => tokenCount(random, { mean: 50, sigma: 2, min: 10, max: 400 }))
  t.ok(values.every((value) => Number.isInteger(value) && value >= 10 && value <= 400))
  t.equal(Math.min(...values), 10)
  t.equal(Math.max(...values), 400)
  t.end()
})

t.test('uniformIndex() draws every index', (t) => {
  t.same(new Set(sample((random) => uniformIndex(random, 7))), new Set([0, 1, 2, 3, 4, 5, 6]))
  t.end()
})
