import { validationError } from './api-error.ts'
import type { Handler } from './exchange.ts'
import { FieldReader } from './field-reader.ts'
import { readJson, sendJson } from './http.ts'
import { isTokenIds, readChatPrompt } from './inference-request.ts'
import { decodeTokens, encodeText } from './tokenizer.ts'

/** Both forms of vllm/entrypoints/serve/tokenize/protocol.py: `prompt`, or `messages` as for chat. */
export const serveTokenize: Handler = async ({ request, response }, replica) => {
  const fields = new FieldReader(await readJson(request, replica.settings.maxBodyBytes))
  const prompt = fields.text('prompt')
  const model = fields.text('model')
  const withTexts = fields.flag('return_token_strs')
  if (prompt === undefined && fields.raw('messages') === undefined) {
    fields.problem('prompt', 'field required')
    fields.problem('messages', 'field required')
  }
  const tokens =
    prompt === undefined && fields.raw('messages') !== undefined ? readChatPrompt(fields) : encodeText(prompt ?? '')
  fields.finish()
  replica.models.find(model)
  const texts = withTexts ? tokens.map((token) => decodeTokens([token])) : null
  sendJson(response, 200, { count: tokens.length, max_model_len: replica.maxModelLen, tokens, token_strs: texts })
}

export const serveDetokenize: Handler = async ({ request, response }, replica) => {
  const fields = new FieldReader(await readJson(request, replica.settings.maxBodyBytes))
  const model = fields.text('model')
  const tokens = fields.list('tokens')
  fields.finish()
  if (tokens === undefined) throw validationError([{ path: 'body.tokens', message: 'field required' }])
  if (!isTokenIds(tokens)) {
    const wrong = tokens.findIndex((token) => !isTokenIds([token]))
    throw validationError([{ path: `body.tokens.${wrong}`, message: 'expected a token id' }])
  }
  replica.models.find(model)
  sendJson(response, 200, { prompt: decodeTokens(tokens) })
}
