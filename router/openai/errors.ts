/** What a client is told when the router itself answers. */
export interface ApiError {
  readonly status: number
  readonly message: string
  /** OpenAI's coarse class: `invalid_request_error` is the client's to mend, `server_error` is not. */
  readonly type: 'invalid_request_error' | 'server_error'
  readonly code: string
  /** The body field at fault. */
  readonly param?: string
  readonly retryAfterSeconds?: number
}

/** `{"error":{"message","type","code","param"}}`, the shape that OpenAI's clients read. */
export function errorBody({ message, type, code, param }: ApiError): string {
  return JSON.stringify({ error: { message, type, code, param: param ?? null } })
}

/** The last event of a stream that broke: OpenAI's clients raise it as an error. Starts on a new line, since a broken stream may end within one. */
export function errorEvent(error: ApiError): string {
  return `\n\ndata: ${errorBody(error)}\n\n`
}

export const badRequest = (code: string, message: string, param?: string): ApiError => ({
  status: 400,
  message,
  type: 'invalid_request_error',
  code,
  ...(param === undefined ? {} : { param }),
})

export const unknownPath = (method: string, path: string): ApiError => ({
  ...badRequest(
    'unknown_path',
    `No such path: ${method} ${shown(path)}. The router serves /v1/ and vLLM's inference paths.`,
  ),
  status: 404,
})

export const unknownModel = (model: string, known: readonly string[]): ApiError => ({
  ...badRequest(
    'model_not_found',
    `The model ${JSON.stringify(shown(model))} is not served here. Served: ${listed(known)}.`,
    'model',
  ),
  status: 404,
})

export const bodyTooLarge = (maxBytes: number): ApiError => ({
  ...badRequest('request_too_large', `The request body is larger than ${maxBytes} bytes.`),
  status: 413,
})

export const bodyTooSlow = (timeoutMs: number): ApiError => ({
  ...badRequest('request_timeout', `The request body did not arrive within ${timeoutMs} ms.`),
  status: 408,
})

export const noEndpoint = (model: string | undefined): ApiError => ({
  status: 503,
  message: `No replica ${model === undefined ? '' : `that serves ${JSON.stringify(shown(model))} `}can take the request now.`,
  type: 'server_error',
  code: 'no_endpoint',
  retryAfterSeconds: 1,
})

export const upstreamBroke = (what: string): ApiError => ({
  status: 502,
  message: `The replica did not answer properly: ${what}.`,
  type: 'server_error',
  code: 'upstream_error',
})

export const upstreamTimeout = (what: string): ApiError => ({
  status: 504,
  message: `The replica took too long: ${what}.`,
  type: 'server_error',
  code: 'upstream_timeout',
})

export const internalError: ApiError = {
  status: 500,
  message: 'The router failed on this request; its log says how.',
  type: 'server_error',
  code: 'internal_error',
}

const SHOWN_CHARACTERS = 200
const SHOWN_MODELS = 20

const shown = (text: string): string => (text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text)

function listed(models: readonly string[]): string {
  if (models.length === 0) return 'none'
  const more = models.length > SHOWN_MODELS ? ` and ${models.length - SHOWN_MODELS} more` : ''
  return models.slice(0, SHOWN_MODELS).join(', ') + more
}
