import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../clock.ts'
import { WarmpathError } from '../errors.ts'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

export interface Ask {
  readonly url: string
  /** Beginning of error messages: action and subject. */
  readonly what: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
}

export interface GetterOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly maxBodyBytes: number
}

/** HTTP GETs with one deadline from connect to the last byte, a bounded body, and connections kept alive. */
export function createGetter(options: GetterOptions): { get(ask: Ask): Promise<Answer>; close(): void } {
  // vLLM closes a connection 5 s after its last answer (VLLM_HTTP_TIMEOUT_KEEP_ALIVE); a request just then is reset.
  const agentOptions = { keepAlive: true, timeout: 4_000 }
  const plain = new http.Agent(agentOptions)
  const secure = new https.Agent(agentOptions)
  return {
    get: (ask) =>
      send(
        ask,
        ask.url.startsWith('https:') ? { get: https.get, agent: secure } : { get: http.get, agent: plain },
        options,
      ),
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

interface Transport {
  readonly get: typeof http.get
  readonly agent: http.Agent
}

function send(ask: Ask, transport: Transport, { clock, timeoutMs, maxBodyBytes }: GetterOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = transport.get(ask.url, { agent: transport.agent, headers: ask.headers })
    // A destroyed request may surface as our error, as "aborted", or as both: the first reason given is the true one.
    let reason: WarmpathError | undefined
    const giveUp = (error: WarmpathError) => {
      reason ??= error
      request.destroy(reason)
    }
    const stop = () => giveUp(stoppedError(ask))
    const cancelDeadline = clock.setTimer(timeoutMs, () => giveUp(timeoutError(ask, timeoutMs)))
    const settle = () => {
      cancelDeadline()
      ask.signal?.removeEventListener('abort', stop)
    }
    const fail = (error: Error) => {
      settle()
      reject(reason ?? connectionError(ask, error))
    }
    request.on('error', fail)
    request.once('response', (response) => {
      response.on('error', fail)
      const tooLong = () => giveUp(tooLargeError(ask, maxBodyBytes))
      collect(response, { maxBodyBytes, tooLong }, (body) => {
        settle()
        resolve({ status: response.statusCode ?? 0, body })
      })
    })
    if (ask.signal?.aborted === true) stop()
    else ask.signal?.addEventListener('abort', stop, { once: true })
  })
}

interface Limit {
  readonly maxBodyBytes: number
  readonly tooLong: () => void
}

function collect(response: http.IncomingMessage, { maxBodyBytes, tooLong }: Limit, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBodyBytes) tooLong()
    else chunks.push(chunk)
  })
  response.once('end', () => {
    if (bytes <= maxBodyBytes) done(Buffer.concat(chunks, bytes))
  })
}

const stoppedError = ({ what }: Ask): WarmpathError =>
  new WarmpathError('ENGINE_ASK_STOPPED', `${what}: stopped by us, expected an answer before`)

const timeoutError = ({ what }: Ask, timeoutMs: number): WarmpathError =>
  new WarmpathError('ENGINE_TIMEOUT', `${what}: no whole answer, expected one within ${timeoutMs} ms`)

const tooLargeError = ({ what }: Ask, maxBytes: number): WarmpathError =>
  new WarmpathError('ENGINE_ANSWER_TOO_LARGE', `${what}: a longer answer, expected at most ${maxBytes} bytes`)

function connectionError({ what, url }: Ask, cause: Error): WarmpathError {
  const actual = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return new WarmpathError('ENGINE_CONNECTION', `${what}: ${actual}, expected an answer from ${url}`, { cause })
}
