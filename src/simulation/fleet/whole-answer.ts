import { type Answer, type AnswerOptions, Choices } from './answer.ts'
import { decodeTokens } from './tokenizer.ts'

/** One JSON body once every choice has ended. */
export function createWholeAnswer(options: AnswerOptions): Answer {
  const { response, format, facts, dropAfterChunks } = options
  const choices = new Choices(options)

  function sendWhenFinished(): void {
    if (!choices.finished || response.destroyed) return
    const usage = choices.usage()
    const ended = choices.all.map(({ text, tokens, finishReason = 'abort' }) => ({ text, tokens, finishReason }))
    const bytes = Buffer.from(
      JSON.stringify(
        format.whole(facts, ended, { ...usage, prompt_tokens_details: usage.prompt_tokens_details ?? null }),
      ),
      'utf8',
    )
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
    if (dropAfterChunks === undefined) response.end(bytes)
    else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  }

  return {
    scheduled(choice, cachedTokens) {
      choices.at(choice).cachedTokens = cachedTokens
    },
    token(choice, token, finished) {
      const state = choices.at(choice)
      state.tokens.push(token)
      if (finished === undefined) return
      state.text = decodeTokens(state.tokens)
      state.finishReason = finished
      sendWhenFinished()
    },
    aborted(choice) {
      const state = choices.at(choice)
      state.text = decodeTokens(state.tokens)
      state.finishReason = 'abort'
      sendWhenFinished()
    },
  }
}
