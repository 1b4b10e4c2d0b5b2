import t from 'tap'
import { blockTokensAt, learn, unlearned } from '../../../router/prefix/bytes-per-token.ts'

t.test('an unlearned model has 4 bytes per token', (t) => {
  t.equal(blockTokensAt(unlearned, 128), 32)
  t.end()
})

t.test('learning moves the estimate to what engines report', (t) => {
  let ratio = unlearned
  for (let i = 0; i < 500; i++) ratio = learn(ratio, { bytes: 20_000, tokens: 6250 })
  t.equal(blockTokensAt(ratio, 128), 40)
  t.end()
})

t.test('a short prompt moves the estimate less than a long one', (t) => {
  const short = learn(unlearned, { bytes: 30, tokens: 20 })
  const long = learn(unlearned, { bytes: 30_000, tokens: 20_000 })
  t.ok(blockTokensAt(short, 1024) < blockTokensAt(long, 1024))
  t.end()
})

t.test('counts that no tokeniser gives are not learned', (t) => {
  for (const prompt of [
    { bytes: 100, tokens: 5000 },
    { bytes: 100_000, tokens: 10 },
    { bytes: 100, tokens: 0 },
    { bytes: Number.NaN, tokens: 10 },
  ]) {
    t.equal(learn(unlearned, prompt), unlearned)
  }
  t.end()
})

t.test('tokens per block come in eighths, so that sums of them are exact', (t) => {
  const tokens = blockTokensAt({ bytes: 1000, tokens: 333 }, 128)
  t.equal(tokens * 8, Math.round(tokens * 8))
  t.end()
})
