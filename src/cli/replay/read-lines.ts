/** One line without its line end. `cut` = it went on past the bound and the rest was dropped. */
export interface Line {
  /** Counted from 1. */
  readonly number: number
  readonly text: string
  readonly cut: boolean
}

/** A prompt of 16 million tokens has 32,768 hash ids: a quarter of this. */
const lineMax = 2 ** 20

/**
 * Splits UTF-8 text into lines ended by LF or CRLF; a byte order mark is dropped. A line above the bound is given cut
 * (node:readline would hold all of it).
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let number = 0
  let rest = ''
  let cut = false
  const finish = (end: string): Line => {
    number++
    const whole = (cut ? rest : rest + end).slice(0, lineMax)
    const line = { number, text: whole.endsWith('\r') ? whole.slice(0, -1) : whole, cut: cut || rest.length + end.length > lineMax }
    rest = ''
    cut = false
    return line
  }
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n')
    const last = parts.pop() ?? ''
    for (const part of parts) yield finish(part)
    cut ||= rest.length + last.length > lineMax
    rest = cut ? rest.slice(0, lineMax) : rest + last
  }
  const end = decoder.decode()
  if (rest !== '' || end !== '') yield finish(end)
}
