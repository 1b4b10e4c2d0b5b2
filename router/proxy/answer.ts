import type { ServerResponse } from 'node:http'
import { type ApiError, errorBody } from '../openai/errors.ts'

/** Answers in the router's own words. Does nothing once the head of an answer is out. */
export function answerError(response: ServerResponse, error: ApiError, requestId: string): void {
  if (response.headersSent) return
  response.writeHead(error.status, errorHeaders(error, requestId))
  response.end(errorBody(error))
}

export function answerJson(response: ServerResponse, { status, body, requestId }: JsonAnswer): void {
  if (response.headersSent) return
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
  })
  response.end(body)
}

export interface JsonAnswer {
  readonly status: number
  readonly body: string
  readonly requestId: string
}

export function errorHeaders(error: ApiError, requestId: string): Record<string, string | number> {
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(errorBody(error)),
    'x-request-id': requestId,
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': error.retryAfterSeconds }),
  }
}
