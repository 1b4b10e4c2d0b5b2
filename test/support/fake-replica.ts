import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What a replica does with one request, polls apart; `body` is the whole of it. */
export type Behaviour = (exchange: {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
}) => void

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface FakeReplica {
  readonly name: string
  readonly url: string
  /** Whole requests so far, oldest first. */
  readonly seen: readonly SeenRequest[]
  readonly connections: () => number
  /** Requests whose answer has neither ended nor been aborted. */
  readonly open: () => number
  /** Resolves when there is none of those. */
  idle(): Promise<void>
  /** What to do with the next requests, in turn; afterwards `streams(...)` again. */
  next(...behaviours: readonly Behaviour[]): void
  /** Resolves when `count` requests have been seen in all. */
  requests(count: number): Promise<void>
  /** Resolves when `count` answers have been cut off by the other side. */
  aborts(count: number): Promise<void>
  close(): Promise<void>
}

/** An engine on a real loopback port that answers as vLLM does (SSE, usage last), or fails as a test scripts it. */
export async function startFakeReplica(name: string, usual: Behaviour = streams()): Promise<FakeReplica> {
  const script: Behaviour[] = []
  const seen: SeenRequest[] = []
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()
  let connections = 0
  let open = 0
  let aborted = 0
  const changed = (): void => waiting.forEach((check) => check())
  const until = (done: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!done()) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  const server = createServer((request, response) => {
    // Asked by a poller at times of its own: no part of a script.
    if (request.method === 'GET' && polled.has(request.url ?? '')) return void response.end()
    const chunks: Buffer[] = []
    open++
    response.once('close', () => {
      open--
      if (!response.writableFinished) aborted++
      changed()
    })
    request.on('error', () => undefined)
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      const body = Buffer.concat(chunks)
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body: body.toString() })
      const behaviour = script.shift() ?? usual
      behaviour({ request, response, body })
      changed()
    })
  })
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    open: () => open,
    idle: () => until(() => open === 0),
    next: (...behaviours) => void script.push(...behaviours),
    requests: (count) => until(() => seen.length >= count),
    aborts: (count) => until(() => aborted >= count),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const polled = new Set(['/health', '/metrics', '/v1/models'])
const sseHead = { 'content-type': 'text/event-stream; charset=utf-8' }
const tokenEvent = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\n`
export const usage = {
  prompt_tokens: 40,
  completion_tokens: 3,
  total_tokens: 43,
  prompt_tokens_details: { cached_tokens: 16 },
}

/** A whole answer: a stream of these tokens, or JSON where the request asks for no stream. */
export function streams(tokens: readonly string[] = ['a', 'b', 'c']): Behaviour {
  return ({ request, response, body }) => {
    if (!/"stream": ?true/.test(body.toString())) {
      const choice = { index: 0, message: { role: 'assistant', content: tokens.join('') }, finish_reason: 'stop' }
      return answers(200, { id: 'chatcmpl-1', choices: [choice], usage })({ request, response, body })
    }
    response.writeHead(200, sseHead)
    for (const token of tokens) response.write(tokenEvent(token))
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`)
    response.write(`data: ${JSON.stringify({ choices: [], usage })}\n\n`)
    response.end('data: [DONE]\n\n')
  }
}

export function answers(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

/** Takes the request and never answers. */
export const hangs: Behaviour = () => undefined

/** Sends the head of a stream, as vLLM does before prefill, and nothing more. */
export const hangsAfterHead: Behaviour = ({ response }) => {
  response.writeHead(200, sseHead)
  response.flushHeaders()
}

export const dropsBeforeHead: Behaviour = ({ request }) => void request.socket.destroy()

export const dropsAfterHead: Behaviour = (exchange) => {
  hangsAfterHead(exchange)
  // In a turn of its own, so that the head arrives.
  setImmediate(() => exchange.request.socket.end())
}

export const answersGarbage: Behaviour = ({ request }) => void request.socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n')

/** Streams one token, then the connection ends within an event. */
export const diesMidStream: Behaviour = ({ request, response }) => {
  response.writeHead(200, sseHead)
  response.write(tokenEvent('a'))
  response.write('data: {"choices":', () => request.socket.end())
}

/** Streams one token and falls silent. */
export const stallsMidStream: Behaviour = ({ response }) => {
  response.writeHead(200, sseHead)
  response.write(tokenEvent('a'))
}

/** Announces more than it sends. */
export function truncates(contentType: string): Behaviour {
  return ({ request, response }) => {
    response.writeHead(200, { 'content-type': contentType, 'content-length': 1000 })
    response.write('data: {"choices":', () => request.socket.end())
  }
}

/** Streams one token, then says that it failed, as vLLM does under HTTP 200. */
export const failsMidStream: Behaviour = ({ response }) => {
  response.writeHead(200, sseHead)
  response.write(tokenEvent('a'))
  response.end('data: {"error":{"message":"engine died","type":"InternalServerError","code":500}}\n\ndata: [DONE]\n\n')
}
