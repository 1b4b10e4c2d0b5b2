import express, { type Router as ExpressRouter } from 'express'
import type { Clock } from '../src/clock.ts'
import type { EndpointState, PoolSnapshot } from '../src/endpoints/endpoint.ts'
import { toReport } from './decision-log.ts'
import { apiOf, type PromptShape } from './openai/api.ts'
import { type ApiError, badRequest, errorBody, noEndpoint, unknownModel } from './openai/errors.ts'
import type { JsonObject } from './openai/json.ts'
import type { PolicyRequests } from './openai/policy-request.ts'
import { readRequest, type ReadResult } from './openai/request.ts'
import type { Recorders } from './request-record.ts'
import type { Router } from './router.ts'

export interface AdminApiOptions {
  readonly router: Router
  readonly snapshot: () => PoolSnapshot
  readonly policy: string
  readonly recorders: Pick<Recorders, 'decisions' | 'totals'>
  readonly requests: PolicyRequests
  readonly clock: Pick<Clock, 'now'>
  readonly maxBodyBytes: number
}

/** What the router knows and does, as JSON: `GET /api/endpoints`, `GET /api/decisions?limit=N`, `POST /api/explain`. */
export function createAdminApi(options: AdminApiOptions): ExpressRouter {
  const api = express.Router()
  api.get('/api/endpoints', (_request, response) => {
    const { version, endpoints } = options.snapshot()
    response.json({ version, policy: options.policy, endpoints: endpoints.map((state) => describe(state, options)) })
  })
  api.get('/api/decisions', (request, response) => {
    const limit = limitOf(request.query['limit'])
    if (typeof limit === 'number') response.json({ decisions: options.recorders.decisions.recent(limit) })
    else refuse(response, limit)
  })
  api.post('/api/explain', express.raw({ type: () => true, limit: options.maxBodyBytes }), (request, response) => {
    const bytes: unknown = request.body
    const answer = explain(options, Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0), request.query['path'])
    if ('decision' in answer) response.json(answer.decision)
    else refuse(response, answer.error)
  })
  return api
}

function refuse(response: express.Response, error: ApiError): void {
  response.status(error.status).type('application/json').send(errorBody(error))
}

function describe(
  { endpoint, health, signals, scrapedAtMs, servedModels }: EndpointState,
  { router, recorders, clock }: AdminApiOptions,
) {
  const { load, indexedBlocks, capacityBlocks } = router.view(endpoint.name)
  const { requests, prefillRequests, prefillTokens, promptTokens, kvBlocks } = load
  return {
    name: endpoint.name,
    url: endpoint.url,
    pool: endpoint.pool,
    model: endpoint.model,
    servedModels,
    health,
    signals,
    ...(scrapedAtMs === undefined ? {} : { scrapedAgoMs: clock.now() - scrapedAtMs }),
    load: { requests, prefillRequests, prefillTokens, promptTokens, kvBlocks },
    prefix: { blocks: indexedBlocks, capacityBlocks },
    totals: recorders.totals.of(endpoint.name),
  }
}

const DEFAULT_LIMIT = 50

function limitOf(raw: unknown): number | ApiError {
  if (raw === undefined) return DEFAULT_LIMIT
  const limit = typeof raw === 'string' && /^\d{1,6}$/.test(raw) ? Number(raw) : 0
  return limit > 0
    ? limit
    : badRequest('invalid_limit', 'The query parameter "limit" must be a whole number of at least 1.', 'limit')
}

/** `path` says which API the body is for; without it the field that holds the prompt tells. */
function explain({ router, snapshot, requests }: AdminApiOptions, body: Buffer, path: unknown) {
  const read = readForExplain(body, path)
  if (!read.ok) return { error: read.error }
  const { model } = read.request
  const pool = snapshot()
  if (model === undefined)
    return { error: badRequest('missing_required_parameter', 'The field "model" is missing.', 'model') }
  const decision = router.explain(requests.of(read.request, { id: 'explain', model }).request, pool)
  if (decision !== undefined) return { decision: toReport(decision) }
  const known = [
    ...new Set(pool.endpoints.flatMap(({ endpoint, servedModels }) => [endpoint.model, ...(servedModels ?? [])])),
  ]
  return { error: known.length === 0 || known.includes(model) ? noEndpoint(model) : unknownModel(model, known) }
}

function readForExplain(body: Buffer, path: unknown): ReadResult {
  if (typeof path === 'string') {
    const api = apiOf('POST', path)
    return api === undefined
      ? { ok: false, error: badRequest('unknown_path', `No such path: ${path}`, 'path') }
      : readRequest(api, body, undefined)
  }
  const loose = readRequest({ kind: 'plain' }, body, undefined)
  return readRequest({ kind: 'generate', prompt: loose.ok ? shapeOf(loose.request.body) : 'chat' }, body, undefined)
}

function shapeOf(body: JsonObject): PromptShape {
  if ('messages' in body) return 'chat'
  if ('prompt' in body) return 'completions'
  return 'input' in body ? 'responses' : 'chat'
}
