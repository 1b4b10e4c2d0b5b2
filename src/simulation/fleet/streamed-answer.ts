import type { ServerResponse } from 'node:http'
import { type Answer, type AnswerOptions, Choices } from './answer.ts'
import { systemFingerprint } from './answer-format.ts'
import { decodeTokens } from './tokenizer.ts'

/** Server-sent events, one per token; the header leaves at once, as uvicorn does before vLLM's first token. */
export function createStreamedAnswer(options: AnswerOptions): Answer {
  const { response, format, facts, dropAfterChunks = Infinity } = options
  const choices = new Choices(options)
  let opened = false
  let cachedTokens: number | undefined
  const events = createEventWriter(response, dropAfterChunks)
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.flushHeaders()

  function chunk(body: object | undefined, choice: number | undefined, { last = false } = {}): void {
    if (body === undefined) return
    const usage = options.continuousUsage ? { usage: format.runningUsage(choices.runningUsage(choice)) } : {}
    events.write(JSON.stringify({ ...body, ...usage, ...(last ? fingerprint : {}) }))
  }

  function open(): void {
    if (opened) return
    opened = true
    for (const body of format.opening(facts)) chunk(body, undefined)
  }

  /** Whether the chunk that ends this choice is the stream's last. */
  const endsWith = (choice: number): boolean => !options.includeUsage && choices.areFinishedBut(choice)

  function finish(choice: number, reason: string): void {
    choices.at(choice).finishReason = reason
    if (!choices.finished) return
    if (options.includeUsage)
      events.write(JSON.stringify({ ...format.usageChunk(facts, choices.usage(cachedTokens)), ...fingerprint }))
    events.write('[DONE]')
    events.end()
  }

  return {
    scheduled(_choice, cached) {
      // vLLM reports what the first result says (chat_completion/serving.py first_iteration, 0.32).
      cachedTokens ??= cached
    },
    token(choice, token, finished) {
      open()
      const { tokens } = choices.at(choice)
      tokens.push(token)
      const delta = {
        choice,
        text: decodeTokens([token]),
        tokens: [token],
        finishReason: finished ?? null,
        position: tokens.length - 1,
      }
      chunk(format.chunk(facts, delta), choice, { last: finished !== undefined && endsWith(choice) })
      if (finished !== undefined) finish(choice, finished)
    },
    aborted(choice) {
      open()
      // vLLM skips an empty delta of a choice that has no token yet, taking it for chunked prefill, and with it the
      // "abort" (chat_completion/serving.py and completion/serving.py, 2026-08): the stream then shows no finish_reason.
      if (choices.at(choice).tokens.length > 0) {
        const delta = { choice, text: '', tokens: [], finishReason: 'abort', position: undefined }
        chunk(format.chunk(facts, delta), choice, { last: endsWith(choice) })
      }
      finish(choice, 'abort')
    },
  }
}

const fingerprint = { system_fingerprint: systemFingerprint }

/** Writes no more, and cuts the connection, after `dropAfterChunks` events. */
function createEventWriter(
  response: ServerResponse,
  dropAfterChunks: number,
): { write(data: string): void; end(): void } {
  let written = 0
  return {
    write(data) {
      if (response.destroyed || written >= dropAfterChunks) return
      written++
      const event = `data: ${data}\n\n`
      if (written >= dropAfterChunks) response.write(event, () => response.destroy())
      else response.write(event)
    },
    end() {
      if (written < dropAfterChunks) response.end()
    },
  }
}
