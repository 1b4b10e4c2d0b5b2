import express, { type ErrorRequestHandler, type Express, type Router } from 'express'
import type { Registry } from 'prom-client'
import { WarmpathError } from '../errors.ts'

export interface AdminOptions {
  readonly registry: Registry
  /** Why not to be sent traffic now; empty = ready. */
  readonly readiness: () => readonly string[]
  /** Product pages and APIs, mounted at the root. */
  readonly routes?: readonly Router[]
}

/** The admin port: `/metrics`, `/healthz` (200 while the process answers), `/readyz` (200 when serving), `routes`. */
export function createAdmin({ registry, readiness, routes = [] }: AdminOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics())
  })
  app.get('/healthz', (_request, response) => {
    response.json({ healthy: true })
  })
  app.get('/readyz', (_request, response) => {
    const reasons = readiness()
    response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons })
  })
  for (const router of routes) app.use(router)
  app.use((request, response) => {
    response.status(404).json(errorBody(`Nothing at ${request.method} ${request.path}`, 'NOT_FOUND'))
  })
  app.use(answerError)
  return app
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const { status, message, code } = describe(error)
  response.status(status).json(errorBody(message, code))
}

/** The text of a fault we did not make ourselves stays inside: it may hold paths or addresses. */
function describe(error: unknown): { status: number; message: string; code: string } {
  if (error instanceof WarmpathError) return { status: error.status ?? 500, message: error.message, code: error.code }
  const status = clientFault(error)
  return status === undefined
    ? { status: 500, message: 'The admin request failed inside', code: 'INTERNAL' }
    : { status, message: error instanceof Error ? error.message : 'Bad request', code: 'BAD_REQUEST' }
}

/** Express and its body parsers mark a client's fault with a 4xx `status`. */
function clientFault(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined
  return error.status >= 400 && error.status < 500 ? error.status : undefined
}

function errorBody(message: string, code: string): { error: { message: string; code: string } } {
  return { error: { message, code } }
}
