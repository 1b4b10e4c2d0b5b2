import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { PoolSnapshot } from '../../src/endpoints/endpoint.ts'
import { type Api, apiOf } from '../openai/api.ts'
import { type ApiError, internalError, noEndpoint, unknownModel, unknownPath } from '../openai/errors.ts'
import { textOf } from '../openai/json.ts'
import type { PolicyRequests } from '../openai/policy-request.ts'
import { readRequest } from '../openai/request.ts'
import { type Recorders, RequestRecord } from '../request-record.ts'
import { answerError, answerJson } from './answer.ts'
import { answerUnread, readBody } from './body.ts'
import { forward, type ForwardContext } from './forward.ts'
import { requestIdOf } from './headers.ts'
import { type AskModels, listModels } from './models.ts'

export interface ServerContext extends ForwardContext {
  readonly retries: number
  readonly recorders: Recorders
  readonly requests: PolicyRequests
  readonly maxBodyBytes: number
  readonly requestTimeoutMs: number
  /** Asks engines for `/v1/models` with the client's credentials. */
  readonly askModels: (authorization: string | undefined) => AskModels
}

/** The OpenAI-compatible face: `/health`, `/v1/models`, and everything that goes on to a replica. */
export function createServerListener(context: ServerContext): RequestListener {
  return (request, response) => {
    const requestId = requestIdOf(request.headers['x-request-id'])
    // Writing to a client that has left is no fault; 'close' tells of its leaving.
    response.on('error', () => undefined)
    serve(context, { request, response, requestId }).catch((error: unknown) => {
      context.log.error('request failed inside', { requestId, error })
      if (response.headersSent) response.destroy()
      else answerError(response, internalError, requestId)
    })
  }
}

interface Exchanged {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
}

async function serve(context: ServerContext, exchanged: Exchanged): Promise<void> {
  const { request, response, requestId } = exchanged
  if (response.socket === null) await turn(response)
  const { method = 'GET' } = request
  const url = originForm(request.url ?? '/')
  const path = url.split('?', 1)[0] ?? url
  if (method === 'GET' && path === '/health') return answerHealth(context.snapshot(), exchanged)
  if (method === 'GET' && (path === '/v1/models' || path.startsWith(MODEL_PATH)))
    return answerModels(context, exchanged, path)
  const api = apiOf(method, path)
  if (api === undefined) return refuse(context, exchanged, unknownPath(method, path))
  const { maxBodyBytes: maxBytes, requestTimeoutMs: timeoutMs, clock } = context
  const body = await readBody(request, { maxBytes, timeoutMs, clock })
  switch (body.kind) {
    case 'gone':
      return
    case 'refused':
      recordRefusal(context, body.error)
      return answerUnread(request, response, { error: body.error, requestId, clock })
    case 'whole': {
      const error = forwardRead(context, exchanged, { api, method, url, body: body.bytes })
      if (error !== undefined) refuse(context, exchanged, error)
    }
  }
}

/**
 * Resolves when an answer is next on its connection. Pipelined requests wait here: Node tells only the answer whose
 * turn it is that the client has left, so an earlier start could go on for nobody.
 */
const turn = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => response.once('socket', () => resolve()))

/** RFC 9112 §3.2.2: a server must take `GET http://host/path`, too. */
const originForm = (target: string): string =>
  target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/]*/i, '')

function refuse(context: ServerContext, { response, requestId }: Exchanged, error: ApiError): void {
  recordRefusal(context, error)
  answerError(response, error, requestId)
}

function recordRefusal({ recorders }: ServerContext, { status }: ApiError): void {
  new RequestRecord(recorders).ended({ outcome: 'failed', status })
}

interface Read {
  readonly api: Api
  readonly method: string
  readonly url: string
  readonly body: Buffer
}

/** Sends a request on its way, or says what keeps it from going. */
function forwardRead(
  context: ServerContext,
  { request, response, requestId }: Exchanged,
  { api, method, url, body }: Read,
): ApiError | undefined {
  const record = new RequestRecord(context.recorders)
  const result = readRequest(api, body, textOf(request.headers['x-session-id']))
  if (!result.ok) return result.error
  const model = result.request.model ?? anyModel(context.snapshot())
  if (model === undefined) return noEndpoint(undefined)
  const { request: policyRequest, learnableBytes } = context.requests.of(result.request, { id: requestId, model })
  forward(
    context,
    {
      method,
      path: url,
      rawHeaders: request.rawHeaders,
      clientAddress: request.socket.remoteAddress ?? 'unknown',
      policyRequest,
      limits: { retries: context.retries, repeatable: api.kind !== 'plain' || readOnly.has(method) },
      record,
      learn: ({ promptTokens }) => {
        if (promptTokens !== undefined) context.requests.learn(model, { bytes: learnableBytes, tokens: promptTokens })
      },
    },
    { body, response },
  )
  return undefined
}

/** RFC 9110 §9.2.1. */
const readOnly = new Set(['GET', 'HEAD', 'OPTIONS'])

/** For a path that names no model any endpoint will do; those that are up before others. */
function anyModel({ endpoints }: PoolSnapshot): string | undefined {
  return (endpoints.find(({ health }) => health === 'ready') ?? endpoints[0])?.endpoint.model
}

function answerHealth({ endpoints }: PoolSnapshot, { response, requestId }: Exchanged): void {
  const ready = endpoints.filter(({ health }) => health === 'ready').length
  const body = JSON.stringify({ ready: ready > 0, endpoints: { ready, total: endpoints.length } })
  answerJson(response, { status: ready > 0 ? 200 : 503, body, requestId })
}

const MODEL_PATH = '/v1/models/'

async function answerModels(
  context: ServerContext,
  { request, response, requestId }: Exchanged,
  path: string,
): Promise<void> {
  const answer = await listModels(context.snapshot(), context.askModels(request.headers.authorization))
  if (answer.kind === 'refused') return answerJson(response, { ...answer, requestId })
  if (!path.startsWith(MODEL_PATH)) {
    return answerJson(response, {
      status: 200,
      body: JSON.stringify({ object: 'list', data: answer.cards }),
      requestId,
    })
  }
  const id = decoded(path.slice(MODEL_PATH.length))
  const card = answer.cards.find((one) => one['id'] === id)
  if (card !== undefined) return answerJson(response, { status: 200, body: JSON.stringify(card), requestId })
  answerError(
    response,
    unknownModel(
      id,
      answer.cards.map((one) => String(one['id'])),
    ),
    requestId,
  )
}

/** Model names hold slashes, which clients may send as %2F. A broken escape is left as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    if (cause instanceof URIError) return text
    throw cause
  }
}
