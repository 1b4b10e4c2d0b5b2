import { once } from 'node:events'
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { WarmpathError } from '../../../src/errors.ts'

/** What one streamed completion came to; times are of `performance.now()`. */
export interface Answer {
  readonly sentMs: number
  /** The first bytes of the first event. */
  readonly firstMs: number
  readonly endMs: number
  readonly cachedTokens: number
}

export interface Client {
  /** Rejects with ANSWER_BROKEN unless the stream is whole and tells its usage. */
  complete(url: string, body: Buffer): Promise<Answer>
  close(): void
}

/** Connections are kept and their number has no bound but the requests in flight, as many clients would have. */
export function createClient(): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  return { complete: (url, body) => complete(agent, url, body), close: () => agent.destroy() }
}

/** A completion streamed to its full length whatever the model says, with usage at its end. */
export function completionBody(model: string, prompt: readonly number[], outputTokens: number): Buffer {
  const options = { stream: true, stream_options: { include_usage: true }, ignore_eos: true, max_tokens: outputTokens }
  return Buffer.from(JSON.stringify({ model, prompt, ...options }))
}

async function complete(agent: Agent, url: string, body: Buffer): Promise<Answer> {
  const sentMs = performance.now()
  const sent = httpRequest(`${url}/v1/completions`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': body.length },
    signal: AbortSignal.timeout(answerLimitMs),
  })
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
  })
  sent.end(body)
  const stream = await response
  let firstMs: number | undefined
  let tail = ''
  stream.on('data', (bytes: Buffer) => {
    firstMs ??= performance.now()
    tail = (tail + bytes.toString('latin1')).slice(-tailCharacters)
  })
  await once(stream, 'end')
  const cached = usage.exec(tail)?.[1]
  if (stream.statusCode !== 200 || firstMs === undefined || cached === undefined || !tail.includes('[DONE]')) {
    throw new WarmpathError('ANSWER_BROKEN', `Cannot use the answer of ${url}: status ${stream.statusCode}, ${tail}`)
  }
  return { sentMs, firstMs, endMs: performance.now(), cachedTokens: Number(cached) }
}

/** Longer than any queue that a run builds up. */
const answerLimitMs = 300_000
/** Room for the usage event and the end marker. */
const tailCharacters = 1000
const usage = /"cached_tokens":(\d+)/
