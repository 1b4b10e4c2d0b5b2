import t from 'tap'
import { createSequence } from '../../../../src/simulation/fleet/sequence.ts'
import { blockDigest, digestToKey, noneHash } from '../../../../src/vllm/block-hash.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const plain = { lora: undefined, cacheSalt: undefined, blockTokens: 16 }
const sql = { name: 'sql', id: 1, path: '/x' }

t.test('full blocks of prompt and answer are hashed as a chain, the rest is not', async (t) => {
  const { keys, digests, tokens } = createSequence({ ...plain, prompt: range(0, 24), output: range(24, 40) })
  const first = blockDigest(noneHash(), range(0, 16), undefined)
  const second = blockDigest(first, range(16, 32), undefined)
  t.strictSame(tokens, range(0, 40))
  t.strictSame(digests, [first, second])
  t.strictSame([...keys], [first, second].map(digestToKey))
})

t.test('an adapter is in the key of every block, a salt in that of the first', async (t) => {
  const salted = { ...plain, lora: sql, cacheSalt: 'pepper', prompt: range(0, 32), output: [] }
  t.strictSame(createSequence(salted).extraKeys, [['sql', 'pepper'], ['sql']])
  t.strictSame(createSequence({ ...salted, lora: undefined }).extraKeys, [['pepper'], undefined])
  t.strictSame(createSequence({ ...salted, cacheSalt: undefined }).extraKeys, [['sql'], ['sql']])
})
