import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface ScriptedServer {
  readonly url: string
  /** Paths of the requests so far, oldest first. */
  readonly paths: readonly string[]
  /** Connections accepted so far. */
  readonly connections: () => number
  /** Answers a path from now on; a path without an answer is 404. */
  on(path: string, handler: Handler): void
  /** Resolves when `path` has been requested `count` times in all. */
  requested(path: string, count?: number): Promise<void>
  /** Resolves when no connection is open. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** A real HTTP server on a free loopback port whose answers a test writes. */
export async function startScriptedServer(handlers: Readonly<Record<string, Handler>> = {}): Promise<ScriptedServer> {
  const answers = new Map(Object.entries(handlers))
  const paths: string[] = []
  const waiting = new Set<() => void>()
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    paths.push(path)
    const answer = answers.get(path)
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
    for (const check of [...waiting]) check()
  })
  server.on('connection', (socket) => {
    connections += 1
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
    url: `http://127.0.0.1:${port}`,
    paths,
    connections: () => connections,
    on: (path, handler) => void answers.set(path, handler),
    requested: (path, count = 1) =>
      new Promise((resolve) => {
        const check = () => {
          if (paths.filter((one) => one === path).length < count) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    idle: async () => void (await Promise.all([...sockets].map((socket) => once(socket, 'close')))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Answers with this text and status. */
export const answer =
  (body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body)
