import type { Api } from './api.ts'
import { type ApiError, badRequest } from './errors.ts'
import { jsonFault } from './json-fault.ts'
import { countOf, isList, isObject, type JsonObject, kindOf, parseJson, textOf } from './json.ts'

/** What the router reads of a request. The body goes on as the bytes it came as. */
export interface ApiRequest {
  readonly api: Api
  /** Absent where the path needs none. */
  readonly model?: string
  readonly stream: boolean
  /** Longest answer in tokens, all `n` choices together; absent when the client set no limit. */
  readonly maxOutputTokens?: number
  readonly cacheSalt?: string
  readonly sessionId?: string
  /** Empty where a `plain` path came with something else than a JSON object. */
  readonly body: JsonObject
  readonly bodyBytes: number
}

export type ReadResult =
  | { readonly ok: true; readonly request: ApiRequest }
  | { readonly ok: false; readonly error: ApiError }

/** Parses the body once. `sessionId` is the `x-session-id` header, which wins over the body's `session_id` as in vLLM. */
export function readRequest(api: Api, bytes: Uint8Array, sessionId: string | undefined): ReadResult {
  const parsed = parseObject(bytes)
  if (!parsed.ok && api.kind !== 'plain') return parsed
  const body = parsed.ok ? parsed.body : {}
  const error = problemIn(api, body)
  if (error !== undefined) return { ok: false, error }
  const maxOutputTokens = outputLimit(body)
  const model = textOf(body['model'])
  const cacheSalt = textOf(body['cache_salt'])
  const session = sessionId ?? textOf(body['session_id'])
  return {
    ok: true,
    request: {
      api,
      stream: body['stream'] === true,
      body,
      bodyBytes: bytes.length,
      ...(model === undefined ? {} : { model }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(cacheSalt === undefined ? {} : { cacheSalt }),
      ...(session === undefined ? {} : { sessionId: session }),
    },
  }
}

type ParseResult = { readonly ok: true; readonly body: JsonObject } | { readonly ok: false; readonly error: ApiError }

function parseObject(bytes: Uint8Array): ParseResult {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  const value = parseJson(text)
  if (value === undefined) return { ok: false, error: notJson(text) }
  if (isObject(value)) return { ok: true, body: value }
  return {
    ok: false,
    error: badRequest('invalid_body', `The request body is ${kindOf(value)}; expected a JSON object.`),
  }
}

function notJson(text: string): ApiError {
  if (text.trim() === '') return badRequest('invalid_json', 'The request body is empty; expected a JSON object.')
  const fault = jsonFault(text)
  const before = text.slice(0, fault)
  const line = before.split('\n').length
  const column = fault - before.lastIndexOf('\n')
  const what =
    fault === text.length ? 'it ends too early' : `unexpected ${JSON.stringify(text.slice(fault, fault + 1))}`
  return badRequest(
    'invalid_json',
    `The request body is not JSON: ${what} at byte ${Buffer.byteLength(before)} (line ${line}, column ${column}).`,
  )
}

/** What would keep the router from routing; everything else is the engine's to judge. */
function problemIn(api: Api, body: JsonObject): ApiError | undefined {
  if (api.kind === 'plain') return undefined
  const { model } = body
  if (model === undefined) return badRequest('missing_required_parameter', 'The field "model" is missing.', 'model')
  if (typeof model !== 'string') return wrongType('model', 'a string', model)
  return api.kind === 'generate' ? promptProblem(api.prompt, body) : undefined
}

type Check = (value: unknown) => boolean
const isText: Check = (value) => typeof value === 'string'

const promptFields = {
  chat: { name: 'messages', required: true, expected: 'a list of messages', fits: isList },
  messages: { name: 'messages', required: true, expected: 'a list of messages', fits: isList },
  // Not required: vLLM also takes `prompt_embeds`, and `previous_response_id` with no new input.
  completions: {
    name: 'prompt',
    required: false,
    expected: 'a string or a list',
    fits: (value) => isText(value) || isList(value),
  },
  responses: {
    name: 'input',
    required: false,
    expected: 'a string or a list',
    fits: (value) => isText(value) || isList(value),
  },
  tokens: { name: 'token_ids', required: true, expected: 'a list of token ids', fits: isList },
} as const satisfies Record<string, { name: string; required: boolean; expected: string; fits: Check }>

function promptProblem(shape: keyof typeof promptFields, body: JsonObject): ApiError | undefined {
  const { name, required, expected, fits } = promptFields[shape]
  const value = body[name]
  if (value === undefined || value === null) {
    return required ? badRequest('missing_required_parameter', `The field "${name}" is missing.`, name) : undefined
  }
  return fits(value) ? undefined : wrongType(name, expected, value)
}

const wrongType = (name: string, expected: string, value: unknown): ApiError =>
  badRequest('invalid_type', `The field "${name}" is ${kindOf(value)}; expected ${expected}.`, name)

/** `max_completion_tokens` wins over the older `max_tokens`, as in vLLM's chat protocol. */
function outputLimit(body: JsonObject): number | undefined {
  const sampling = isObject(body['sampling_params']) ? body['sampling_params'] : {}
  const limit = [body['max_completion_tokens'], body['max_output_tokens'], body['max_tokens'], sampling['max_tokens']]
    .map(countOf)
    .find((count) => count !== undefined)
  return limit === undefined ? undefined : limit * (countOf(body['n']) ?? countOf(sampling['n']) ?? 1)
}
