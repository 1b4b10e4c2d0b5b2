/** One line without its line end. */
export interface Line {
  /** Counted from 1. */
  readonly number: number
  readonly text: string
  /** It went on past the bound, and the rest was dropped. */
  readonly cut: boolean
}

/** Characters. A prompt of 16 million tokens has 32,768 hash ids: a quarter of this. */
export const lineMax = 2 ** 20

/**
 * Splits UTF-8 text into lines ended by LF or CRLF; a byte order mark is dropped. A line above the bound is given cut
 * (node:readline would hold all of it).
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let number = 0
  let rest = ''
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n')
    const last = parts.pop() ?? ''
    for (const part of parts) {
      yield toLine(++number, rest + part)
      rest = ''
    }
    // One character above the bound tells that there was more.
    rest = (rest + last).slice(0, lineMax + 1)
  }
  const end = rest + decoder.decode()
  if (end !== '') yield toLine(++number, end)
}

function toLine(number: number, text: string): Line {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text
  return { number, text: line.slice(0, lineMax), cut: line.length > lineMax }
}
