import { type Answer, type AnswerOptions, Choices } from './answer.ts'
import { decodeTokens } from './tokenizer.ts'

/** One JSON body once every choice has ended. */
export function createWholeAnswer(options: AnswerOptions): Answer {
  const { response, format, facts, dropAfterChunks } = options
  const choices = new Choices(options)
  let cachedTokens: number | undefined

  /** vLLM reports what the last prompt's last result says (completion/serving.py last_final_res, 0.32). */
  function sendWhenFinished(ended: number): void {
    if (ended >= choices.all.length - facts.n) cachedTokens = choices.at(ended).cachedTokens
    if (!choices.finished || response.destroyed) return
    const usage = choices.usage(cachedTokens)
    const details = usage.prompt_tokens_details
    const answers = choices.all.map(({ text, tokens, finishReason = 'abort' }) => ({ text, tokens, finishReason }))
    const bytes = Buffer.from(
      JSON.stringify(
        format.whole(facts, answers, {
          ...usage,
          prompt_tokens_details:
            details === undefined || details === null ? null : { ...details, multimodal_tokens: null },
          completion_tokens_details: null,
        }),
      ),
      'utf8',
    )
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
    if (dropAfterChunks === undefined) response.end(bytes)
    else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  }

  return {
    scheduled(choice, cached) {
      choices.at(choice).cachedTokens = cached
    },
    token(choice, token, finished) {
      const state = choices.at(choice)
      state.tokens.push(token)
      if (finished === undefined) return
      state.text = decodeTokens(state.tokens)
      state.finishReason = finished
      sendWhenFinished(choice)
    },
    aborted(choice) {
      const state = choices.at(choice)
      state.text = decodeTokens(state.tokens)
      state.finishReason = 'abort'
      sendWhenFinished(choice)
    },
  }
}
