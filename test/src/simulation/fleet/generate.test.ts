import fc from 'fast-check'
import t from 'tap'
import { type OutputWish, planOutput } from '../../../../src/simulation/fleet/generate.ts'

const wish: OutputWish = {
  prompt: [1, 2, 3],
  choice: 0,
  seed: 1,
  meanTokens: 100,
  maxTokens: 4000,
  minTokens: 0,
  ignoreEos: false,
}

t.test('equal wishes give equal answers; prompt, choice and seed each change them', async (t) => {
  t.strictSame(planOutput(wish), planOutput({ ...wish, prompt: [1, 2, 3] }))
  const variants = [wish, { ...wish, prompt: [1, 2, 4] }, { ...wish, choice: 1 }, { ...wish, seed: 7 }]
  t.equal(new Set(variants.map((one) => planOutput(one).tokens.join())).size, variants.length)
})

t.test('a length keeps its limits, and the finish reason tells which ended it', async () => {
  const anyWish = fc.record({
    prompt: fc.array(fc.nat(), { minLength: 1 }),
    choice: fc.nat(9),
    seed: fc.nat(),
    meanTokens: fc.integer({ min: 1, max: 50 }),
    maxTokens: fc.integer({ min: 1, max: 100 }),
    minTokens: fc.nat(100),
    ignoreEos: fc.boolean(),
  })
  fc.assert(
    fc.property(anyWish, (any) => {
      const { tokens, finishReason } = planOutput(any)
      if (finishReason === 'length') return tokens.length === any.maxTokens
      return !any.ignoreEos && tokens.length < any.maxTokens && tokens.length >= Math.max(1, any.minTokens)
    }),
  )
})

t.test('natural lengths have the mean asked for', async (t) => {
  const lengths = Array.from({ length: 2000 }, (_, i) => planOutput({ ...wish, prompt: [i] }).tokens.length)
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  t.ok(mean > 90 && mean < 110, `mean ${mean}`)
})
