import fc from 'fast-check'
import t from 'tap'
import { ascending, distribution, quantile } from '../../../../src/cli/replay/distribution.ts'

t.test('distribution() gives what numpy.percentile gives', (t) => {
  // numpy.percentile([15, 20, 35, 40, 50], [50, 90, 99]) = [35, 46, 49.6]
  t.match(distribution([40, 15, 50, 20, 35]), { mean: 32, p50: 35, p90: 46 })
  t.ok(Math.abs((distribution([40, 15, 50, 20, 35])?.p99 ?? 0) - 49.6) < 1e-9)
  t.end()
})

t.test('distribution() of one value is that value, of none unknown', (t) => {
  t.same(distribution([7]), { mean: 7, p50: 7, p90: 7, p99: 7 })
  t.equal(distribution([]), undefined)
  t.end()
})

t.test('a quantile grows with the fraction, from the least value to the greatest', (t) => {
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (given, fraction) => {
      const sorted = ascending(given)
      const at = quantile(sorted, fraction)
      const later = quantile(sorted, Math.min(1, fraction + 0.1))
      return (
        quantile(sorted, 0) === Math.min(...given) && quantile(sorted, 1) === Math.max(...given) && at <= later + 1e-6
      )
    }),
  )
  t.end()
})
