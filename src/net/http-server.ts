import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
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

/** PEM texts: the chain with the server's certificate first, and its private key. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface TlsListenOptions extends ListenOptions {
  readonly pair: KeyPair
  /** Clients need a certificate of this authority, PEM. */
  readonly clientCa?: string | undefined
}

export interface TlsListener extends HttpListener {
  /** New connections get this certificate, open ones keep theirs. Throws if certificate and key do not fit. */
  usePair(pair: KeyPair): void
}

/** Serves `handler` (an express app is one). Rejects with `PORT_IN_USE` or `LISTEN_FAILED`. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<HttpListener> {
  const server = createServer(timeoutsOf(options))
  return { ...(await serve(server, handler, options)), server }
}

/** The same over TLS 1.2 and later, HTTP/1.1. */
export async function listenTls(handler: RequestListener, options: TlsListenOptions): Promise<TlsListener> {
  const { pair, clientCa } = options
  const server = https.createServer({
    ...timeoutsOf(options),
    ...secureContext(pair, clientCa),
    handshakeTimeout: options.headersTimeoutMs ?? defaultHeadersTimeoutMs,
    requestCert: clientCa !== undefined,
    rejectUnauthorized: clientCa !== undefined,
  })
  return {
    ...(await serve(server, handler, options)),
    server,
    usePair: (next) => server.setSecureContext(secureContext(next, clientCa)),
  }
}

async function serve(server: Server | https.Server, handler: RequestListener, options: ListenOptions) {
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections
  const close = closerOf(server)
  server.on('request', handler)
  const port = await bind(server, options)
  const scheme = server instanceof https.Server ? 'https' : 'http'
  return { port, url: `${scheme}://${urlHost(options.host)}:${port}`, close }
}

const defaultHeadersTimeoutMs = 10_000

function timeoutsOf(options: ListenOptions) {
  const { headersTimeoutMs = defaultHeadersTimeoutMs, requestTimeoutMs = 60_000, keepAliveTimeoutMs = 75_000 } = options
  return {
    headersTimeout: requestTimeoutMs === 0 ? headersTimeoutMs : Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Node looks for late requests in this rhythm; its default of 30 s would stretch every timeout above.
    connectionsCheckingInterval: 1000,
  }
}

/** Everything again each time: `setSecureContext` forgets what it is not told (Node 24, lib/internal/tls/wrap.js). */
function secureContext({ certificate, key }: KeyPair, clientCa: string | undefined): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.2', ...(clientCa !== undefined && { ca: clientCa }) }
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
function closerOf(server: Server | https.Server): HttpListener['close'] {
  const connections = new Map<Socket, Set<ServerResponse>>()
  let closing = false
  const begin = (socket: Socket) => {
    connections.set(socket, new Set())
    socket.once('close', () => connections.delete(socket))
  }
  server.on('connection', begin)
  if (server instanceof https.Server) replaceWhenSecure(server, connections, begin)
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

/** A TLS connection is two sockets. The one below counts until the handshake; the same ports tell which one it was. */
function replaceWhenSecure(
  server: https.Server,
  connections: Map<Socket, unknown>,
  begin: (socket: Socket) => void,
): void {
  const endsOf = ({ remoteAddress, remotePort, localAddress }: Socket) =>
    `${localAddress} ${remoteAddress} ${remotePort}`
  const inHandshake = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket)
    inHandshake.set(ends, socket)
    socket.once('close', () => inHandshake.get(ends) === socket && inHandshake.delete(ends))
  })
  server.on('secureConnection', (socket) => {
    const ends = endsOf(socket)
    const below = inHandshake.get(ends)
    if (below !== undefined) connections.delete(below)
    inHandshake.delete(ends)
    begin(socket)
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
