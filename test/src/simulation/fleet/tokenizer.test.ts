import fc from 'fast-check'
import t from 'tap'
import { decodeTokens, encodeText, vocabularySize } from '../../../../src/simulation/fleet/tokenizer.ts'

t.test('text comes back from its tokens', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => decodeTokens(encodeText(text)) === text.toWellFormed()),
  )
})

t.test('tokens are whole numbers below 2^32, four bytes each', async (t) => {
  t.ok(vocabularySize < 2 ** 32)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const tokens = encodeText(text)
      const bounded = tokens.every((token) => Number.isSafeInteger(token) && token > 0 && token < vocabularySize)
      return bounded && tokens.length === Math.ceil(Buffer.byteLength(text.toWellFormed()) / 4)
    }),
  )
})

t.test('different texts have different tokens, short pieces included', async (t) => {
  const texts = ['', '\0', '\0\0', 'a', 'a\0', 'ab', 'abc', 'abcd', 'abcda']
  t.equal(new Set(texts.map((text) => encodeText(text).join())).size, texts.length)
})

t.test('a longer text starts with the tokens of a shorter one that ends on a token', async () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (head, tail) => {
      const aligned = head + ' '.repeat((4 - (Buffer.byteLength(head) % 4)) % 4)
      return encodeText(aligned + tail)
        .join()
        .startsWith(encodeText(aligned).join())
    }),
  )
})

t.test('ids that stand for no text come out as replacement characters', async (t) => {
  t.equal(decodeTokens([0]), '\u{fffd}')
  t.equal(decodeTokens([vocabularySize]), '\u{fffd}')
  t.equal(decodeTokens([encodeText('é')[0] ?? 0, 0]), 'é\u{fffd}')
})
