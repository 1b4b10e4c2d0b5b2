import { chatFormat, completionFormat } from './answer-format.ts'
import type { Exchange, Handler, ServingReplica } from './exchange.ts'
import { readJson, sendJson } from './http.ts'
import { outputLimit, requestId } from './inference.ts'
import { type InferenceRequest, parseChatRequest, parseCompletionRequest } from './inference-request.ts'

/**
 * What the engine would be asked, as token ids (vLLM 0.32, vllm/entrypoints/scale_out/render/). vllm-router 0.1.17
 * asks this for each request it routes, and /tokenize when the answer is 404.
 */
export const serveRenderChat: Handler = async (exchange, replica) => {
  const request = parseChatRequest(await readJson(exchange.request, replica.settings.maxBodyBytes))
  sendJson(exchange.response, 200, renderAll(exchange, replica, request, chatFormat.idPrefix)[0])
}

/** One rendering for each prompt. */
export const serveRenderCompletions: Handler = async (exchange, replica) => {
  const request = parseCompletionRequest(await readJson(exchange.request, replica.settings.maxBodyBytes))
  sendJson(exchange.response, 200, renderAll(exchange, replica, request, completionFormat.idPrefix))
}

function renderAll(
  exchange: Exchange,
  replica: ServingReplica,
  request: InferenceRequest,
  idPrefix: string,
): readonly object[] {
  replica.models.find(request.model)
  const id = `${idPrefix}-${requestId(exchange, request)}`
  return request.prompts.map((prompt, index) =>
    generateRequest({
      id: request.prompts.length === 1 ? id : `${id}-${index}`,
      prompt,
      maxTokens: outputLimit(prompt.length, request.maxTokens, replica.maxModelLen),
      request,
    }),
  )
}

interface Rendering {
  readonly id: string
  readonly prompt: readonly number[]
  readonly maxTokens: number
  readonly request: InferenceRequest
}

/** `GenerateRequest` of scale_out/token_in_token_out/protocol.py; sampling fields that the simulation ignores are left out. */
function generateRequest({ id, prompt, maxTokens, request }: Rendering): object {
  return {
    request_id: id,
    token_ids: prompt,
    token_offsets: null,
    features: null,
    content_parts: null,
    sampling_params: {
      stop: [],
      stop_token_ids: [],
      max_tokens: maxTokens,
      bad_words: [],
      skip_reading_prefix_cache: false,
    },
    model: request.model ?? null,
    reasoning_ended: null,
    reasoning_parser_kwargs: null,
    return_token_ids: null,
    output_mode: 'tokens',
    stream: request.stream,
    stream_options: null,
    cache_salt: request.cacheSalt ?? null,
    priority: 0,
    kv_transfer_params: null,
    ec_transfer_params: null,
  }
}
