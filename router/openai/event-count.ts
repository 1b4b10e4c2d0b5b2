/** Counts the server-sent events in bytes that come in any pieces: blank lines end them (WHATWG HTML §9.2.5). */
export class EventCount {
  #events = 0
  #endsInNewline = false

  get events(): number {
    return this.#events
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    if (this.#endsInNewline && bytes[0] === NEWLINE) {
      this.#events++
      from = 1
    }
    for (let at = bytes.indexOf(BLANK_LINE, from); at >= 0; at = bytes.indexOf(BLANK_LINE, from)) {
      this.#events++
      from = at + BLANK_LINE.length
    }
    if (bytes.length > 0) this.#endsInNewline = from < bytes.length && bytes.at(-1) === NEWLINE
  }
}

const NEWLINE = 0x0a
const BLANK_LINE = Buffer.from('\n\n')
