import fc from 'fast-check'
import t from 'tap'
import { backoffMs } from '../../src/backoff.ts'

const noJitter = () => 0

t.test('backoffMs() doubles from the first delay up to the longest one', (t) => {
  const options = { firstMs: 100, maxMs: 1_000 }
  t.strictSame(
    [1, 2, 3, 4, 5, 6].map((failures) => backoffMs(failures, options, noJitter)),
    [100, 200, 400, 800, 1_000, 1_000],
  )
  t.end()
})

t.test('backoffMs() takes away up to the jittered share of a delay', (t) => {
  const options = { firstMs: 100, maxMs: 1_000, factor: 3, jitter: 0.2 }
  t.equal(
    backoffMs(2, options, () => 0.5),
    270,
  )
  t.end()
})

t.test(
  'backoffMs() stays between the unjittered part of the ceiling and the ceiling, after any number of failures',
  (t) => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), random, (failures, drawn) => {
        const delay = backoffMs(failures, { firstMs: 100, maxMs: 5_000 }, () => drawn)
        return delay >= 50 && delay <= 5_000
      }),
    )
    t.end()
  },
)
