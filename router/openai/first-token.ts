/**
 * Finds the first generated token in a server-sent event stream, wherever chunks are cut. vLLM sends nothing before
 * it on chat and completions; the Responses and Anthropic streams open with events that only announce the answer.
 */
export class FirstToken {
  /** First bytes of the line being read; no decision needs more. */
  #line = ''
  #event = ''

  /** True when a token is complete to the end of its line within `chunk`. Do not call again after that. */
  push(chunk: Uint8Array): boolean {
    let from = 0
    while (from < chunk.length) {
      const newline = chunk.indexOf(LINE_FEED, from)
      const to = newline < 0 ? chunk.length : newline
      this.#keep(chunk, from, to)
      if (newline < 0) return false
      if (this.#endLine()) return true
      from = newline + 1
    }
    return false
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const end = Math.min(to, from + LINE_BYTES - this.#line.length)
    // One character per byte: markers are ASCII, and a cut character does no harm.
    if (end > from) this.#line += String.fromCharCode(...chunk.subarray(from, end))
  }

  #endLine(): boolean {
    const line = this.#line.trimEnd()
    this.#line = ''
    if (line === '') this.#event = ''
    else if (line.startsWith('event:')) this.#event = line.slice('event:'.length).trim()
    else if (line.startsWith('data:')) return isToken(this.#event, line.slice('data:'.length).trim())
    return false
  }
}

const LINE_FEED = 0x0a
const LINE_BYTES = 96

/** OpenAI Responses and Anthropic Messages streaming: events before the first piece of the answer. */
const announcing = new Set(['response.created', 'response.in_progress', 'response.queued', 'message_start', 'ping'])

function isToken(event: string, data: string): boolean {
  return data !== '' && data !== '[DONE]' && event !== 'error' && !announcing.has(event) && !/^\{\s*"error"/.test(data)
}
