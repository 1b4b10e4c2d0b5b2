import t from 'tap'
import { formatCount, formatMs, formatPercent, formatSpan } from '../../../../src/cli/replay/format.ts'

const cases: readonly [(value: number) => string, readonly (readonly [number, string])[]][] = [
  [
    formatMs,
    [
      [5, '5.00 ms'],
      [85.31, '85.3 ms'],
      [999.4, '999 ms'],
      [999.6, '1.00 s'],
      [9996, '10.0 s'],
      [129_400, '129 s'],
      [1_240_000, '1,240 s'],
    ],
  ],
  [
    formatSpan,
    [
      [98_200, '98.2 s'],
      [120_000, '2.00 min'],
      [3_536_999, '58.9 min'],
      [95_040_000, '26.4 h'],
    ],
  ],
  [
    formatCount,
    [
      [0, '0'],
      [7213.6, '7,214'],
    ],
  ],
  [
    formatPercent,
    [
      [0, '0.0 %'],
      [0.3664, '36.6 %'],
      [1, '100.0 %'],
    ],
  ],
]

for (const [format, rows] of cases) {
  t.test(`${format.name}() shows three digits and the unit that suits them`, (t) => {
    for (const [value, text] of rows) t.equal(format(value), text)
    t.end()
  })
}

t.test('what is unknown is shown as a dash', (t) => {
  t.same([formatMs(undefined), formatCount(undefined), formatPercent(undefined)], ['–', '–', '–'])
  t.end()
})
