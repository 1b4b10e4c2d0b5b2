import fc from 'fast-check'
import t from 'tap'
import { digest, hashBlocks, prefixSeed } from '../../../router/prefix/blocks.ts'

const seed = prefixSeed({ model: 'm', cacheSalt: undefined })
const keysOf = (bytes: Uint8Array, { maxBlocks = 1000, from = seed } = {}) => [
  ...hashBlocks(bytes, { seed: from, blockBytes: 8, maxBlocks }),
]
const text = fc.uint8Array({ maxLength: 200 })
const block = fc.uint8Array({ minLength: 8, maxLength: 8 })

t.test('keys of a prefix are the first keys of the whole', (t) => {
  const law = fc.property(text, text, (head, rest) => {
    const whole = keysOf(Buffer.concat([head, rest]))
    return keysOf(head).every((key, i) => key === whole[i])
  })
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})

t.test('a different first block gives different keys throughout', (t) => {
  const law = fc.property(block, block, text, (a, b, rest) => {
    fc.pre(Buffer.compare(a, b) !== 0)
    const others = new Set(keysOf(Buffer.concat([b, rest])))
    return !keysOf(Buffer.concat([a, rest])).some((key) => others.has(key))
  })
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})

t.test('keys are whole numbers below 2^53, one per full block, up to the bound', (t) => {
  const law = fc.property(text, fc.nat(30), (bytes, maxBlocks) => {
    const keys = keysOf(bytes, { maxBlocks })
    const expected = Math.min(maxBlocks, Math.floor(bytes.length / 8))
    return keys.length === expected && keys.every((key) => Number.isSafeInteger(key) && key >= 0)
  })
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})

t.test('equal bytes have equal keys wherever they lie in memory', (t) => {
  const bytes = Buffer.from('some prompt that has a few blocks of eight bytes')
  const shifted = Buffer.concat([Buffer.from('x'), bytes]).subarray(1)
  t.strictSame(keysOf(shifted), keysOf(bytes))
  t.end()
})

t.test('keys are the same in every process, so that router replicas agree', (t) => {
  t.strictSame(keysOf(Buffer.from('0123456789abcdef')), [1597704934231654, 6028631761064896])
  t.end()
})

t.test('model, adapter and cache salt part the keys', (t) => {
  const bytes = Buffer.from('0123456789abcdef')
  const of = (model: string, cacheSalt?: string) => keysOf(bytes, { from: prefixSeed({ model, cacheSalt }) })[0]
  const keys = [of('m'), of('m2'), of('m', 'tenant'), of('m', 'tenant2'), of('m', ''), of('mtenant')]
  t.equal(new Set(keys).size, keys.length)
  t.end()
})

t.test('keys of 300,000 blocks that differ in one word do not meet', (t) => {
  const keys = new Set<number>()
  const bytes = Buffer.alloc(64)
  for (let i = 1; i <= 300_000; i++) {
    const word = (i % 16) * 4
    bytes.writeUInt32LE(i, word)
    keys.add(hashBlocks(bytes, { seed, blockBytes: 64, maxBlocks: 1 })[0] ?? -1)
    bytes.writeUInt32LE(0, word)
  }
  t.equal(keys.size, 300_000)
  t.end()
})

t.test('digest tells texts apart, also by zeros at their end', (t) => {
  const texts = ['', 'a', 'a\0', 'a\0\0\0', 'data:image/png;base64,AAAA', 'data:image/png;base64,AAAB']
  t.equal(new Set(texts.map(digest)).size, texts.length)
  t.match(digest('a'), /^[0-9a-f]{16}$/)
  t.end()
})
