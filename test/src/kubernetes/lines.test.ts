import fc from 'fast-check'
import t from 'tap'
import { linesOf } from '../../../src/kubernetes/lines.ts'

async function* from(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

async function read(chunks: readonly Buffer[], maxBytes = 1000): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of linesOf(from(chunks), { what: 'Cannot watch', maxBytes })) lines.push(line)
  return lines
}

/** `bytes` in pieces, cut at these places. */
function pieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

t.test('lines come out as they were written, wherever the bytes are cut, within a character too', async (t) => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''))
      t.strictSame(await read(pieces(bytes, cuts)), lines)
    }),
  )
})

t.test('a line of the allowed length passes, a longer one does not, whether it has an end or not', async (t) => {
  t.same(await read([Buffer.from('12345\n')], 5), ['12345'])
  for (const text of ['123456\n', '123456'])
    for (const cuts of [[], [3]])
      await t.rejects(read(pieces(Buffer.from(text), cuts), 5), {
        code: 'KUBERNETES_UNREADABLE',
        message: 'Cannot watch: a longer line, expected at most 5 bytes',
      })
})

t.test('bytes without a line end at the end are a broken connection', async (t) => {
  await t.rejects(read([Buffer.from('a\nb')]), { code: 'KUBERNETES_CONNECTION', message: /ended within a line/ })
})
