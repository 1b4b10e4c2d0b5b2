import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseQuantity } from '../../../src/kubernetes/quantity.ts'

t.test('quantities in their base unit', async (t) => {
  const cases = [
    ['8', 8],
    [8, 8],
    ['250m', 0.25],
    ['1500u', 0.0015],
    ['1k', 1000],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['2M', 2e6],
    ['1E', 1e18],
    ['1Ei', 1024 ** 6],
    ['2e3', 2000],
    ['2E3', 2000],
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['5.', 5],
    ['-1', -1],
    ['+1Ki', 1024],
    ['0', 0],
  ] as const
  for (const [raw, expected] of cases) t.equal(parseQuantity(raw), expected, String(raw))
})

t.test('what the API server would refuse is no quantity', async (t) => {
  const refused = [
    '',
    ' ',
    '8 GB',
    '8GB',
    '1ki',
    '1K',
    '1mi',
    'Gi',
    '1e',
    '1e3Gi',
    '0x10',
    '1_000',
    '--1',
    '1.2.3',
    'NaN',
  ]
  for (const raw of [...refused, Number.NaN, Infinity, null, undefined, true, {}, [8]])
    t.equal(parseQuantity(raw), undefined, JSON.stringify(raw))
})

t.test('a suffix multiplies', async () => {
  const suffixes = fc.constantFrom('m', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti')
  fc.assert(
    fc.property(fc.nat(1_000_000), suffixes, (count, suffix) => {
      const one = parseQuantity(`1${suffix}`)
      assert.equal(parseQuantity(`${count}${suffix}`), one === undefined ? undefined : count * one)
    }),
  )
})

t.test('any text gives a number or nothing', async () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quantity = parseQuantity(text)
      assert.ok(quantity === undefined || !Number.isNaN(quantity))
    }),
    { numRuns: 1000 },
  )
})
