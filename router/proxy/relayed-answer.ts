import { type AnswerFacts, answerKind, AnswerReader } from '../openai/usage.ts'
import type { UpstreamHead } from './upstream.ts'

/** A replica's answer while it passes. */
export class RelayedAnswer {
  readonly head: UpstreamHead
  readonly ok: boolean
  readonly isStream: boolean
  /** Whether an event of ours may follow what was sent: in a stream of no announced length. */
  readonly takesErrorEvent: boolean
  readonly #reader: AnswerReader
  #facts: AnswerFacts | undefined

  constructor(head: UpstreamHead) {
    const kind = answerKind(head.headers['content-type'], head.headers['content-encoding'])
    this.head = head
    this.ok = head.status < 400
    this.isStream = kind === 'events'
    this.takesErrorEvent = this.isStream && head.headers['content-length'] === undefined
    this.#reader = new AnswerReader(this.ok ? kind : 'opaque')
  }

  /** True once, for the chunk that brought the first token of a good answer. */
  push(chunk: Uint8Array): boolean {
    return this.#reader.push(chunk) && this.ok
  }

  /** Read once, when the answer has ended. */
  facts(): AnswerFacts {
    this.#facts ??= this.#reader.facts()
    return this.#facts
  }
}
