import fc from 'fast-check'
import t from 'tap'
import { blockDigest, digestToKey, digestToUint64, noneHash } from '../../../src/vllm/block-hash.ts'

// Golden values measured on vLLM's own code (main of 2026-08; extra keys on 0.32.0).
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

t.test('noneHash gives the golden value of vLLM for its fixed seed and for PYTHONHASHSEED=0', async (t) => {
  t.match(hex(noneHash()), /^9bd96a48.*81eef0$/)
  t.match(hex(noneHash('0')), /^4e1195df/)
})

t.test('blockDigest gives the golden value of a first block', async (t) => {
  const digest = blockDigest(noneHash(), range(0, 16), undefined)
  t.equal(hex(digest), 'dc918a88b139e5afe60b88eda27508d4aee16c10fdc354791efea06206ac0749')
  t.equal(digestToUint64(digest), 2233398808101521225n)
})

t.test('blockDigest chains the parent and takes adapter and salt as tagged extra keys', async (t) => {
  const lora = ['lora', 'lora1', '/adapters/lora1'] as const
  const first = blockDigest(noneHash(), range(0, 16), undefined)
  const second = blockDigest(first, range(16, 32), [lora])
  t.equal(hex(second), '277a94b91b2896e3ba28779e80ea640a85b17e9bbba690611cc62e493525c613')
  const salted = blockDigest(noneHash(), range(0, 16), [lora, ['cache_salt', 's']])
  t.equal(hex(salted), 'dde2fd21900aba799a33293aa8ca57e6a4cc4985d6731fe27f8f402fbb7efdba')
})

t.test('blockDigest follows another seed', async (t) => {
  const digest = blockDigest(noneHash('0'), range(0, 16), undefined)
  t.equal(hex(digest), 'd830de3d42c00f25a2949b5d12d98642664a44872c1614c5b0147556276afc9c')
})

t.test('digestToKey is a whole number below 2^53 for any digest', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
      const key = digestToKey(digest)
      return Number.isSafeInteger(key) && key >= 0
    }),
  )
  t.equal(digestToKey(new Uint8Array(32).fill(255)), 2 ** 53 - 1)
})

t.test('blockDigest tells blocks apart by every part of the key', async (t) => {
  const tokens = [1, 300, 70_000, 2 ** 32 + 1]
  const digests = [
    blockDigest(noneHash(), tokens, undefined),
    blockDigest(noneHash(), tokens, []),
    blockDigest(noneHash(), tokens, [['lora', 'a', '/a']]),
    blockDigest(noneHash(), tokens, [['lora', 'a', '/b']]),
    blockDigest(noneHash(), tokens, [
      ['lora', 'a', '/a'],
      ['cache_salt', 's'],
    ]),
    blockDigest(noneHash(), tokens, [['cache_salt', 'a salt longer than any other part of the key'.repeat(20)]]),
    blockDigest(noneHash('x'), tokens, undefined),
    blockDigest(noneHash(), [...tokens, 0], undefined),
    blockDigest(noneHash(), [1, 300, 70_000, 2 ** 32 + 2], undefined),
  ].map(hex)
  t.equal(new Set(digests).size, digests.length)
})
