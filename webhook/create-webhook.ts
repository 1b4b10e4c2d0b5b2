import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Express } from 'express'
import type { Registry } from 'prom-client'
import type { Clock } from '../src/clock.ts'
import type { Log } from '../src/telemetry/log.ts'
import { answer, type Answer, rejected } from './answer.ts'
import { reviewLimitMs } from './deadline.ts'
import { createWebhookMetrics, type WebhookMetrics } from './metrics.ts'
import { type BodyBudget, readBody } from './read-body.ts'
import { type ReviewCore, type ReviewPath, reviewPaths } from './reviews.ts'

export interface WebhookOptions {
  readonly core: ReviewCore
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
  /** Larger bodies are answered 413. */
  readonly maxBodyBytes: number
  /** Longest time of a review, also where the API server would wait longer. */
  readonly maxDeadlineMs: number
  /** When it aborts, clients are told to leave with their next answer. */
  readonly stopping: AbortSignal
  /** For the metric; unknown without a certificate. */
  readonly secondsLeft: () => number | undefined
}

export interface Webhook {
  /** Serves the paths of reviews; to be listened to over TLS. */
  readonly app: Express
  readonly metrics: WebhookMetrics
}

/** Bodies that are read at once take up to this many times the largest one. */
const BODIES_AT_ONCE = 16

/** AdmissionReview v1 over HTTP. A review is answered in one go: no request waits for anything but its body. */
export function createWebhook(options: WebhookOptions): Webhook {
  const metrics = createWebhookMetrics(options.registry, options.secondsLeft)
  const budget = { maxBytes: options.maxBodyBytes * BODIES_AT_ONCE, usedBytes: 0 }
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  for (const path of reviewPaths)
    app.post(path, (request, response) => handle({ ...options, path, request, response, metrics, budget }))
  app.use((request, response) => {
    send(response, rejected(404, 'NOT_FOUND', `Nothing at ${request.method} ${request.path}`))
  })
  return { app, metrics }
}

interface Exchange extends WebhookOptions {
  readonly path: ReviewPath
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly metrics: WebhookMetrics
  readonly budget: BodyBudget
}

async function handle(exchange: Exchange): Promise<void> {
  const { path, clock, metrics, response, stopping } = exchange
  const startMs = clock.now()
  const given = await answerTo(exchange, startMs)
  if (given === undefined) return
  if (stopping.aborted) response.shouldKeepAlive = false
  send(response, given)
  metrics.duration.observe({ path }, (clock.now() - startMs) / 1000)
  count(given, path, metrics)
  report(given, exchange)
}

/** `undefined` when the client has left. */
async function answerTo(exchange: Exchange, startMs: number): Promise<Answer | undefined> {
  const { path, core, clock, request, budget, maxBodyBytes, maxDeadlineMs } = exchange
  const refusal = refusalOf(request)
  if (refusal !== undefined) return refusal
  const body = await readBody(request, maxBodyBytes, budget)
  switch (body.kind) {
    case 'cut':
      return undefined
    case 'too-large':
      return rejected(413, 'BODY_TOO_LARGE', `The body has more than ${maxBodyBytes} bytes`)
    case 'crowded':
      return rejected(503, 'CROWDED', 'Too many bodies are being read at once')
    case 'whole': {
      const late = clock.now() - startMs > reviewLimitMs(queryOf(request), maxDeadlineMs)
      return answer({ path, bytes: body.bytes, late }, core)
    }
  }
}

/** What the API server always sends is asked for, so that a browser cannot be made to send a review. */
function refusalOf({ headers }: IncomingMessage): Answer | undefined {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') return rejected(415, 'CONTENT_TYPE', 'Expected content-type application/json')
  const encoding = headers['content-encoding'] ?? 'identity'
  return encoding === 'identity' ? undefined : rejected(415, 'CONTENT_ENCODING', 'Expected no content-encoding')
}

const queryOf = ({ url = '' }: IncomingMessage): URLSearchParams => new URLSearchParams(url.split('?', 2)[1] ?? '')

function send(response: ServerResponse, { status, body }: Answer): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}

function count({ outcome, applied, findings }: Answer, path: ReviewPath, metrics: WebhookMetrics): void {
  metrics.reviews.inc({ path, outcome })
  if (outcome === 'fault') metrics.faults.inc({ path })
  for (const mutation of applied) metrics.mutations.inc({ mutation })
  for (const rule of findings) metrics.findings.inc({ rule })
}

/** The message of a fault may quote the pod, so only `debug` sees it. */
function report({ outcome, subject, applied, findings, fault }: Answer, { path, log }: Exchange): void {
  log.debug('review', { path, outcome, ...subject, applied, findings })
  if (fault === undefined) return
  log.error('review failed, object passed unchanged', { path, ...subject, code: codeOf(fault) })
  log.debug('review failed', { path, ...subject, error: fault })
}

function codeOf(fault: unknown): string {
  if (!(fault instanceof Error)) return 'UNKNOWN'
  return 'code' in fault && typeof fault.code === 'string' ? fault.code : fault.name
}
