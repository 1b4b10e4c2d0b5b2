import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../src/clock.ts'
import { type ApiError, bodyTooLarge, bodyTooSlow, errorBody } from '../openai/errors.ts'
import { errorHeaders } from './answer.ts'

export type BodyResult =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly error: ApiError }
  /** The client left before its request was complete. */
  | { readonly kind: 'gone' }

export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly clock: Clock
}

/** Reads a request's body whole: routing looks into it before the first byte can go on. */
export function readBody(request: IncomingMessage, { maxBytes, timeoutMs, clock }: BodyLimits): Promise<BodyResult> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes)
    return Promise.resolve({ kind: 'refused', error: bodyTooLarge(maxBytes) })
  return new Promise((resolve) => {
    let chunks: Buffer[] = []
    let size = 0
    const settle = (result: BodyResult): void => {
      cancelTimer()
      request.off('data', onData)
      // The listeners live as long as the answer, which may stream for minutes; the body need not.
      chunks = []
      resolve(result)
    }
    const cancelTimer = clock.setTimer(timeoutMs, () => settle({ kind: 'refused', error: bodyTooSlow(timeoutMs) }))
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size > maxBytes) settle({ kind: 'refused', error: bodyTooLarge(maxBytes) })
      else chunks.push(chunk)
    }
    request.on('data', onData)
    request.once('end', () => settle({ kind: 'whole', bytes: joined(chunks, size) }))
    request.once('close', () => settle({ kind: 'gone' }))
    request.on('error', () => settle({ kind: 'gone' }))
  })
}

function joined(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size)
}

/**
 * Answers a request whose body is still coming, and closes the connection after it. A socket that is closed with
 * unread bytes is reset, and a reset can reach the client before it has read the answer (RFC 9112 §9.6), so what
 * comes within `lingerMs` is read and dropped first.
 */
export function answerUnread(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { error, requestId, clock, lingerMs = 2000, lingerBytes = 64 * 1024 * 1024 } = refusal
  if (response.headersSent) return
  response.writeHead(error.status, { ...errorHeaders(error, requestId), connection: 'close' })
  response.write(errorBody(error))
  let left = lingerBytes
  const finish = (): void => {
    cancelTimer()
    response.end()
  }
  const cancelTimer = clock.setTimer(lingerMs, finish)
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) finish()
  })
  request.once('end', finish)
  response.once('close', cancelTimer)
  request.resume()
}

export interface Refusal {
  readonly error: ApiError
  readonly requestId: string
  readonly clock: Clock
  readonly lingerMs?: number
  readonly lingerBytes?: number
}
