import t from 'tap'
import { brief, cite, count, gib, short } from '../../webhook/finding-text.ts'

t.test('brief() keeps printable ASCII, and shows where it cuts', async (t) => {
  t.equal(brief('v\u00e9\nx'), 'v??x')
  t.equal(brief('abcdefgh', 8), 'abcdefgh')
  t.equal(brief('abcdefghi', 8), 'abcde...')
})

t.test('amounts are short', async (t) => {
  t.equal(count(1, 'GPU'), '1 GPU')
  t.equal(count(0.5, 'GPU'), '0.5 GPUs')
  t.equal(gib(1.25 * 2 ** 30), '1.3 GiB')
  t.equal(gib(131.4 * 2 ** 30), '131 GiB')
  t.equal(short(191.45), '191.5')
})

t.test('cite() names page and day', async (t) => {
  const date = '2026-08-21'
  t.equal(cite({ source: 'awsdocs/guide@06faff1 latest/ug/ml/mig.adoc', date }), 'mig 2026-08-21')
  t.equal(cite({ source: `a/${'b'.repeat(40)}`, date }), `${'b'.repeat(29)}... 2026-08-21`)
})
