import t from 'tap'
import { parseGoDuration, reviewLimitMs } from '../../webhook/deadline.ts'

const durations: readonly (readonly [string, number | undefined])[] = [
  ['3s', 3000],
  ['500ms', 500],
  ['1m0s', 60_000],
  ['1h2m3.5s', 3_723_500],
  ['1500µs', 1.5],
  ['2us', 0.002],
  ['10ns', 0.00001],
  ['', undefined],
  ['3', undefined],
  ['3 s', undefined],
  ['-3s', undefined],
  ['s', undefined],
  ['3s500', undefined],
]

for (const [text, expected] of durations)
  t.test(`"${text}" is ${expected ?? 'no duration'}`, async (t) => {
    const found = parseGoDuration(text)
    if (expected === undefined || found === undefined) t.equal(found, expected)
    else t.ok(Math.abs(found - expected) < 1e-9)
  })

t.test('the limit leaves time for the answer, and never goes past our own', async (t) => {
  const limit = (timeout: string) => reviewLimitMs(new URLSearchParams({ timeout }), 10_000)
  t.equal(limit('10s'), 9800)
  t.equal(limit('1s'), 900)
  t.equal(limit('30s'), 9800)
  t.equal(limit('0s'), 9800)
  t.equal(limit('nonsense'), 9800)
  t.equal(reviewLimitMs(new URLSearchParams(), 500), 450)
})
