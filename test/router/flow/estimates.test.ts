import t from 'tap'
import { ModelEstimates } from '../../../router/flow/estimates.ts'

t.test(
  'before anything is learned an answer of 256 tokens, 7.7 s and a prefill of 16 tokens/ms are expected',
  async (t) => {
    t.same(new ModelEstimates().expect(undefined), { outputTokens: 256, holdMs: 7680, prefillTokensPerMs: 16 })
  },
)

t.test('the first answer is taken as the rule, later ones move it a little each', async (t) => {
  const estimates = new ModelEstimates()
  estimates.learnAnswer({ outputTokens: 100, holdMs: 1000 })
  t.match(estimates.expect(undefined), { outputTokens: 100, holdMs: 1000 })
  estimates.learnAnswer({ outputTokens: 200, holdMs: 2000 })
  t.match(estimates.expect(undefined), { outputTokens: 102, holdMs: 1020 })
  for (let i = 0; i < 300; i++) estimates.learnAnswer({ outputTokens: 200, holdMs: 2000 })
  t.ok(estimates.expect(undefined).outputTokens > 199)
})

t.test('a limit below the usual length shortens tokens and time alike, one above it changes nothing', async (t) => {
  const estimates = new ModelEstimates()
  estimates.learnAnswer({ outputTokens: 100, holdMs: 1000 })
  t.match(estimates.expect(25), { outputTokens: 25, holdMs: 250 })
  t.match(estimates.expect(0), { outputTokens: 0, holdMs: 0 })
  t.match(estimates.expect(1000), { outputTokens: 100, holdMs: 1000 })
})

t.test('a model that answers nothing is expected to answer nothing, whatever the limit', async (t) => {
  const estimates = new ModelEstimates()
  estimates.learnAnswer({ outputTokens: 0, holdMs: 0 })
  for (const limit of [undefined, 0, 9]) t.match(estimates.expect(limit), { outputTokens: 0, holdMs: 0 })
})

t.test('the prefill rate follows what is seen, and a GPU that slows down is noticed', async (t) => {
  const estimates = new ModelEstimates()
  const rate = () => estimates.expect(undefined).prefillTokensPerMs
  for (let i = 0; i < 300; i++) estimates.learnPrefill(8000, 1000)
  t.ok(Math.abs(rate() - 8) < 0.1, `${rate()}`)
  for (let i = 0; i < 300; i++) estimates.learnPrefill(8000, 2000)
  t.ok(Math.abs(rate() - 4) < 0.1, `${rate()}`)
})

t.test('short prompts and times that are none teach nothing: overheads rule there', async (t) => {
  const estimates = new ModelEstimates()
  estimates.learnPrefill(255, 1000)
  estimates.learnPrefill(9000, 0)
  estimates.learnPrefill(9000, -5)
  t.equal(estimates.expect(undefined).prefillTokensPerMs, 16)
})
