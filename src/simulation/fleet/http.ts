import type { IncomingMessage, ServerResponse } from 'node:http'
import { httpError, validationError } from './api-error.ts'

/**
 * Reads a JSON body of at most `maxBytes`. Throws vLLM's refusals: wrong content type and bad JSON are 400; a larger
 * body is 413, and no more than `maxBytes` of it is ever held.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readBody(request, maxBytes)
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') {
    throw validationError([{ path: undefined, message: "unsupported media type, only 'application/json' is allowed" }])
  }
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'))
    return body
  } catch {
    throw validationError([{ path: 'body', message: 'JSON decode error' }])
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json', JSON.stringify(body))
}

export function sendText(response: ServerResponse, status: number, body: string): void {
  send(response, status, 'text/plain; charset=utf-8', body)
}

export function send(response: ServerResponse, status: number, contentType: string | undefined, body: string): void {
  if (response.headersSent || response.destroyed) return
  const bytes = Buffer.from(body, 'utf8')
  // Starlette answers for a failed handler outside of the CORS middleware.
  if (status === 500) response.removeHeader('vary')
  const type = contentType === undefined ? {} : { 'content-type': contentType }
  response.writeHead(status, { ...type, 'content-length': bytes.length })
  response.end(bytes)
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let total = 0
    const refuse = (): void => {
      chunks.length = 0
      reject(httpError(413, `Request body is larger than ${maxBytes} bytes`))
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) refuse()
    request.on('data', (chunk: Buffer) => {
      total += chunk.length
      if (total <= maxBytes) chunks.push(chunk)
      else refuse()
      // What was refused is still read, so that the client gets to see the answer; but not for ever.
      if (total > maxBytes * readOnFactor) request.destroy()
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

const readOnFactor = 8
