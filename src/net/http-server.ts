import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { WarmpathError } from '../errors.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** The option a user changes when the port is taken, e.g. `--admin-port`; default `--port`. */
  readonly flag?: string
  /** Longest wait for the header of a request; a slower client is answered 408 and disconnected. */
  readonly headersTimeoutMs?: number
  /** Longest wait for a whole request, body included; 0 = no limit. */
  readonly requestTimeoutMs?: number
  /** How long a connection may stay idle between two requests. */
  readonly keepAliveTimeoutMs?: number
  /** Connections above it are refused. */
  readonly maxConnections?: number
}

export interface HttpListener {
  readonly port: number
  readonly url: string
  readonly server: Server
  /** Stops accepting, ends idle connections, waits for open requests, and destroys the rest when `deadline` aborts. */
  close(deadline: AbortSignal): Promise<void>
}

/** Serves `handler` (an express app is one). Rejects with `PORT_IN_USE` or `LISTEN_FAILED`. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<HttpListener> {
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 60_000, keepAliveTimeoutMs = 75_000 } = options
  const server = createServer({
    headersTimeout: requestTimeoutMs === 0 ? headersTimeoutMs : Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Node looks for late requests in this rhythm; its default of 30 s would stretch every timeout above.
    connectionsCheckingInterval: 1000,
  })
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections
  const close = closerOf(server)
  server.on('request', handler)
  const port = await bind(server, options)
  return { port, url: `http://${urlHost(options.host)}:${port}`, server, close }
}

function bind(server: Server, { host, port, flag = '--port' }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => reject(listenError(cause, `${urlHost(host)}:${port}`, flag))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** Counts open requests per connection: Node's `closeIdleConnections` leaves out those that never sent a request. */
function closerOf(server: Server): HttpListener['close'] {
  const connections = new Map<Socket, Set<ServerResponse>>()
  let closing = false
  server.on('connection', (socket: Socket) => {
    connections.set(socket, new Set())
    socket.once('close', () => connections.delete(socket))
  })
  server.on('request', ({ socket }, response) => {
    const open = connections.get(socket)
    open?.add(response)
    response.shouldKeepAlive &&= !closing
    response.once('close', () => {
      open?.delete(response)
      if (closing && open?.size === 0) socket.destroySoon()
    })
  })
  return (deadline) =>
    new Promise((resolve) => {
      closing = true
      const destroyAll = () => connections.forEach((_open, socket) => socket.destroy())
      server.close(() => {
        deadline.removeEventListener('abort', destroyAll)
        resolve()
      })
      for (const [socket, open] of connections) {
        if (open.size === 0) socket.destroySoon()
        // `connection: close` tells the client not to send its next request here; too late once the header is out.
        for (const response of open) if (!response.headersSent) response.shouldKeepAlive = false
      }
      if (deadline.aborted) destroyAll()
      else deadline.addEventListener('abort', destroyAll, { once: true })
    })
}

function listenError(cause: NodeJS.ErrnoException, address: string, flag: string): WarmpathError {
  return cause.code === 'EADDRINUSE'
    ? new WarmpathError('PORT_IN_USE', `Cannot listen on ${address}: the port is in use; choose another with ${flag}`, {
        cause,
      })
    : new WarmpathError('LISTEN_FAILED', `Cannot listen on ${address}: ${cause.message}; see ${flag}`, { cause })
}

function urlHost(host: string): string {
  if (host === '' || host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
