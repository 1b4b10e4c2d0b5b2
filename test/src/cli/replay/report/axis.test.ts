import fc from 'fast-check'
import t from 'tap'
import { fractionAxis, latencyAxis, timeAxis } from '../../../../../src/cli/replay/report/axis.ts'

const textsOf = ({ ticks }: { readonly ticks: readonly { readonly text: string }[] }): readonly string[] =>
  ticks.map(({ text }) => text)

t.test('latencyAxis() spans its values from step to step', (t) => {
  t.same(textsOf(latencyAxis('TTFT', [130, 900])), ['100 ms', '200 ms', '500 ms', '1 s'])
  t.same(textsOf(latencyAxis('TTFT', [60, 130_000])), ['100 ms', '1 s', '10 s', '100 s'])
  t.match(latencyAxis('TTFT', [60, 130_000]), { min: 50, max: 200_000 })
  t.match(latencyAxis('TTFT', [9_999_999.999_999_99]), { min: 5_000_000, max: 10_000_000 })
  t.end()
})

t.test('latencyAxis() holds all values, has ticks in order, and stands no value, 0 or equal values', (t) => {
  const values = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }))
  fc.assert(
    fc.property(values, (given) => {
      const { min, max, ticks } = latencyAxis('TTFT', given)
      const inside = given.every((value) => value <= max && (value >= min || value < 1))
      const ordered = ticks.every(({ at }, index) => at >= min && at <= max && at > (ticks[index - 1]?.at ?? 0))
      return inside && ordered && min < max && ticks.length >= 2 && ticks.length < 20
    }),
  )
  t.end()
})

t.test('timeAxis() has a few ticks in the unit that suits them', (t) => {
  t.same(
    textsOf(timeAxis(98_000)),
    ['0 s', '15 s', '30 s', '45 s', '60 s', '75 s', '90 s'].filter((_text, index) => index < 7),
  )
  t.same(textsOf(timeAxis(3_536_999)), ['0 min', '10 min', '20 min', '30 min', '40 min', '50 min'])
  t.same(textsOf(timeAxis(7 * 3_600_000)).at(-1), '7 h')
  for (const endMs of [0, 1, 900, 5e6, 1e9, 1e12]) t.ok(timeAxis(endMs).ticks.length <= 8, `${endMs} ms`)
  t.end()
})

t.test('fractionAxis() goes to 100 %, or less far where all values are small', (t) => {
  t.same(textsOf(fractionAxis('requests')), ['0 %', '25 %', '50 %', '75 %', '100 %'])
  t.same(textsOf(fractionAxis('hits', 0.07)), ['0 %', '2.5 %', '5 %', '7.5 %', '10 %'])
  t.equal(fractionAxis('hits', 0.41).max, 1)
  t.end()
})
