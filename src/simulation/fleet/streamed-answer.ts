import { type Answer, type AnswerOptions, Choices } from './answer.ts'
import { systemFingerprint, type Usage } from './answer-format.ts'
import { decodeTokens } from './tokenizer.ts'

/** Server-sent events, one per token; the header leaves at once, as uvicorn does before vLLM's first token. */
export function createStreamedAnswer(options: AnswerOptions): Answer {
  const { response, format, facts, dropAfterChunks = Infinity } = options
  const choices = new Choices(options)
  let opened = false
  let cachedTokens: number | undefined
  let written = 0
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.flushHeaders()

  function write(data: string): void {
    if (response.destroyed || written >= dropAfterChunks) return
    written++
    const event = `data: ${data}\n\n`
    if (written >= dropAfterChunks) response.write(event, () => response.destroy())
    else response.write(event)
  }

  function chunk(body: object, choice: number | undefined, { last = false } = {}): void {
    const usage = options.continuousUsage ? { usage: format.runningUsage(runningUsage(choice)) } : {}
    write(JSON.stringify({ ...body, ...usage, ...(last ? fingerprint : {}) }))
  }

  function runningUsage(choice: number | undefined): Usage {
    const prompt = facts.prompts[Math.floor((choice ?? 0) / facts.n)]?.length ?? 0
    const completion = choice === undefined ? 0 : choices.at(choice).tokens.length
    return { prompt_tokens: prompt, total_tokens: prompt + completion, completion_tokens: completion }
  }

  function open(): void {
    if (opened) return
    opened = true
    for (const body of format.opening(facts)) chunk(body, undefined)
  }

  /** Whether the chunk that ends this choice is the stream's last. */
  function endsStream(choice: number): boolean {
    return (
      !options.includeUsage && choices.all.every(({ finishReason }, i) => i === choice || finishReason !== undefined)
    )
  }

  function finish(choice: number, reason: string): void {
    choices.at(choice).finishReason = reason
    if (!choices.finished) return
    if (options.includeUsage)
      write(JSON.stringify({ ...format.usageChunk(facts, choices.usage(cachedTokens)), ...fingerprint }))
    write('[DONE]')
    if (written < dropAfterChunks) response.end()
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
        first: tokens.length === 1,
      }
      chunk(format.chunk(facts, delta), choice, { last: finished !== undefined && endsStream(choice) })
      if (finished !== undefined) finish(choice, finished)
    },
    aborted(choice) {
      open()
      // vLLM skips an empty delta of a choice that has no token yet, taking it for chunked prefill, and with it the
      // "abort" (chat_completion/serving.py and completion/serving.py, 2026-08): the stream then shows no finish_reason.
      if (choices.at(choice).tokens.length > 0) {
        const delta = { choice, text: '', tokens: [], finishReason: 'abort', first: false }
        chunk(format.chunk(facts, delta), choice, { last: endsStream(choice) })
      }
      finish(choice, 'abort')
    },
  }
}

const fingerprint = { system_fingerprint: systemFingerprint }
