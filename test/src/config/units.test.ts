import fc from 'fast-check'
import t from 'tap'
import { formatBytes, formatDuration, parseBytes, parseDuration, parseFraction } from '../../../src/config/units.ts'

t.test('parseDuration reads each unit as milliseconds', async (t) => {
  const cases: [string, number][] = [
    ['250ms', 250],
    ['4s', 4000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    [' 3 s ', 3000],
    ['0ms', 0],
  ]
  for (const [text, milliseconds] of cases) t.equal(parseDuration(text), milliseconds, text)
})

t.test('parseDuration refuses what has no unit, an unknown unit, a sign, or no number', async (t) => {
  for (const raw of [250, '250', '4 seconds', '-1s', 's', '', '1e999s', '0x10s', 'Infinitys', null, ['1s'], true])
    t.equal(parseDuration(raw), undefined, JSON.stringify(raw))
})

t.test('parseBytes reads counts and the suffixes of Kubernetes quantities', async (t) => {
  const cases: [unknown, number][] = [
    [4096, 4096],
    ['4096', 4096],
    ['64Ki', 65_536],
    ['20Mi', 20_971_520],
    ['1.5Gi', 1_610_612_736],
    ['1k', 1000],
    ['1G', 1_000_000_000],
  ]
  for (const [raw, count] of cases) t.equal(parseBytes(raw), count, JSON.stringify(raw))
})

t.test('parseBytes refuses parts of a byte, negative sizes and unknown suffixes', async (t) => {
  for (const raw of [1.5, -1, '0.3', '-1Ki', '64KB', '64K', 'Ki', '', null, ['1Ki'], '9007199254740993'])
    t.equal(parseBytes(raw), undefined, JSON.stringify(raw))
})

t.test('parseFraction reads percentages and plain numbers', async (t) => {
  const cases: [unknown, number][] = [
    ['90%', 0.9],
    ['0.9', 0.9],
    [0.9, 0.9],
    ['12.5 %', 0.125],
    ['150%', 1.5],
  ]
  for (const [raw, value] of cases) t.equal(parseFraction(raw), value, JSON.stringify(raw))
  for (const raw of ['', '%', 'half', NaN, Infinity, null, '-5%', '0,9'])
    t.equal(parseFraction(raw), undefined, String(raw))
})

t.test('a printed duration reads back as the same number', async (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e15, noNaN: true })), (milliseconds) => {
      return parseDuration(formatDuration(milliseconds)) === milliseconds
    }),
  )
  t.equal(formatDuration(20_000), '20s')
  t.equal(formatDuration(90_000), '90s')
  t.equal(formatDuration(0), '0ms')
})

t.test('a printed size reads back as the same number', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.nat(),
        fc.maxSafeNat(),
        fc.nat(4096).map((n) => n * 2 ** 20),
      ),
      (count) => {
        return parseBytes(formatBytes(count)) === count
      },
    ),
  )
  t.equal(formatBytes(65_536), '64Ki')
  t.equal(formatBytes(1000), '1k')
  t.equal(formatBytes(1001), '1001')
})
