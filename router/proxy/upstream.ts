import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Clock } from '../../src/clock.ts'
import type { Failure } from './retry.ts'
import { Silence } from './silence.ts'

/** Connections to replicas, and the calls made over them. */
export class Upstreams {
  readonly #options: UpstreamOptions
  readonly #plain: http.Agent
  readonly #tls: https.Agent

  constructor(options: UpstreamOptions) {
    this.#options = options
    const pool = { keepAlive: true, maxFreeSockets: IDLE_PER_REPLICA, timeout: IDLE_MS }
    this.#plain = new http.Agent(pool)
    this.#tls = new https.Agent(pool)
  }

  /** Sends at once; the listener hears of everything later, and of nothing after `destroy`. */
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall {
    const url = new URL(request.origin)
    const secure = url.protocol === 'https:'
    const pool = secure ? this.#tls : this.#plain
    const client = (secure ? https : http).request({
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method: request.method,
      path: request.path,
      headers: request.headers,
      // The agent's own time limit is for idle sockets.
      timeout: 0,
      // `false`: a connection of its own, used once.
      agent: request.fresh ? false : pool,
    })
    return new Call(client, request.body, { ...this.#options, ...request.timeouts }, listener)
  }

  close(): void {
    this.#plain.destroy()
    this.#tls.destroy()
  }
}

/** vLLM closes connections idle for 5 s (VLLM_HTTP_TIMEOUT_KEEP_ALIVE); ours go first. */
const IDLE_MS = 4000
const IDLE_PER_REPLICA = 256

export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number
  /** From sending to the first byte of the answer's body. */
  readonly firstByteTimeoutMs: number
  /** Between two pieces of the body, while they are being read. */
  readonly idleTimeoutMs: number
}

export interface UpstreamOptions extends UpstreamTimeouts {
  readonly clock: Clock
}

export interface UpstreamRequest {
  /** E.g. `http://10.0.3.7:8000`. */
  readonly origin: string
  readonly method: string
  /** As on the request line, query included. */
  readonly path: string
  readonly headers: readonly string[]
  readonly body: Uint8Array
  /** On a new connection, when a kept one turned out to be closed. */
  readonly fresh: boolean
  readonly timeouts?: UpstreamTimeouts
}

export interface UpstreamHead {
  readonly status: number
  readonly statusMessage: string
  readonly rawHeaders: readonly string[]
  readonly headers: http.IncomingHttpHeaders
}

export interface UpstreamListener {
  /** The body waits until `read`. */
  head(head: UpstreamHead): void
  chunk(bytes: Buffer): void
  end(): void
  /** `reusedIdle`: a kept-alive connection ended before anything came back on it (RFC 9112 §9.3.1). */
  broken(failure: Failure, reusedIdle: boolean): void
}

export interface UpstreamCall {
  /** Starts or goes on reading the body. */
  read(): void
  pause(): void
  /** Ends the call and its connection. */
  destroy(): void
}

class Call implements UpstreamCall {
  readonly #request: ClientRequest
  readonly #listener: UpstreamListener
  readonly #timeouts: UpstreamTimeouts
  readonly #silence: Silence
  #response: IncomingMessage | undefined
  #connected = false
  #bodyBegan = false
  #over = false

  constructor(request: ClientRequest, body: Uint8Array, options: UpstreamOptions, listener: UpstreamListener) {
    this.#request = request
    this.#listener = listener
    this.#timeouts = options
    this.#silence = new Silence(options.clock, () => this.#timedOut())
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => this.#onConnect())
      else this.#onConnect()
    })
    request.once('response', (response) => this.#onResponse(response))
    // Stays for the life of the request: an error after the end must not become an uncaught one.
    request.on('error', (error: NodeJS.ErrnoException) => this.#onError(error))
    this.#silence.start(options.connectTimeoutMs)
    request.end(body)
  }

  read(): void {
    const response = this.#response
    if (this.#over || response === undefined) return
    if (this.#bodyBegan) this.#silence.start(this.#timeouts.idleTimeoutMs)
    if (response.listenerCount('data') === 0) response.on('data', (chunk: Buffer) => this.#onChunk(chunk))
    response.resume()
  }

  pause(): void {
    this.#silence.stop()
    this.#response?.pause()
  }

  destroy(): void {
    this.#end()
    this.#request.destroy()
  }

  #onConnect(): void {
    this.#connected = true
    if (!this.#over) this.#silence.start(this.#timeouts.firstByteTimeoutMs)
  }

  #onResponse(response: IncomingMessage): void {
    this.#response = response
    response.on('error', () => this.#onClose())
    response.once('close', () => this.#onClose())
    response.once('end', () => {
      if (this.#end()) this.#listener.end()
    })
    if (this.#over) return
    const { statusCode = 502, statusMessage = '', rawHeaders, headers } = response
    this.#listener.head({ status: statusCode, statusMessage, rawHeaders, headers })
  }

  #onChunk(chunk: Buffer): void {
    if (this.#over) return
    if (this.#bodyBegan) this.#silence.touch()
    else {
      this.#bodyBegan = true
      this.#silence.start(this.#timeouts.idleTimeoutMs)
    }
    this.#listener.chunk(chunk)
  }

  #onClose(): void {
    if (this.#response?.complete === true) return
    this.#break({ kind: 'dropped', what: 'before the answer was complete' })
  }

  #onError(error: NodeJS.ErrnoException): void {
    // With the head here the response tells how it ends; this may be a late failure to send the rest of the body.
    if (this.#response !== undefined) return
    const what = error.code ?? error.message
    if (!this.#connected) this.#break({ kind: 'unreachable', what })
    else if (what.startsWith('HPE_')) this.#break({ kind: 'garbage', what })
    else this.#break({ kind: 'dropped', what }, this.#request.reusedSocket)
  }

  #timedOut(): void {
    const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs } = this.#timeouts
    if (!this.#connected) this.#break({ kind: 'unreachable', what: `not within ${connectTimeoutMs} ms` })
    else if (this.#bodyBegan) this.#break({ kind: 'idle-timeout', timeoutMs: idleTimeoutMs })
    else this.#break({ kind: 'first-byte-timeout', timeoutMs: firstByteTimeoutMs })
  }

  #break(failure: Failure, reusedIdle = false): void {
    if (!this.#end()) return
    this.#request.destroy()
    this.#listener.broken(failure, reusedIdle)
  }

  /** False when it had ended before. */
  #end(): boolean {
    this.#silence.stop()
    if (this.#over) return false
    this.#over = true
    return true
  }
}
