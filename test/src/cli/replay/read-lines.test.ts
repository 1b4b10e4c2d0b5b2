import fc from 'fast-check'
import t from 'tap'
import { readLines } from '../../../../src/cli/replay/read-lines.ts'
import type { Line } from '../../../../src/cli/replay/read-lines.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function linesOf(text: string, size = 7): Promise<readonly Line[]> {
  const lines: Line[] = []
  for await (const line of readLines(inPieces(new TextEncoder().encode(text), size))) lines.push(line)
  return lines
}

t.test('readLines() gives the lines of a text, however it comes in pieces', async (t) => {
  const text = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll(/[\r\n\uFEFF]/g, '')))
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), fc.constantFrom('\n', '\r\n'), async (lines, size, end) => {
      const read = await linesOf(lines.map((line) => `${line}${end}`).join(''), size)
      t.same(
        read,
        lines.map((line, index) => ({ number: index + 1, text: line, cut: false })),
      )
    }),
  )
})

t.test('readLines() gives a last line that has no end', async (t) => {
  t.same(
    (await linesOf('a\nb')).map(({ text }) => text),
    ['a', 'b'],
  )
})

t.test('readLines() drops a byte order mark', async (t) => {
  t.same(await linesOf('\uFEFFa\n'), [{ number: 1, text: 'a', cut: false }])
})

t.test('readLines() holds no more than the bound of a line without end, and goes on after it', async (t) => {
  const bound = 2 ** 20
  const lines = await linesOf(`${'x'.repeat(bound)}\n${'y'.repeat(bound + 1)}\n${'z'.repeat(3 * bound)}\nend`, 65_536)
  t.same(
    lines.map(({ number, text, cut }) => [number, text.length, cut]),
    [
      [1, bound, false],
      [2, bound, true],
      [3, bound, true],
      [4, 3, false],
    ],
  )
})
