import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import { connectionError, type KubernetesClient } from './client.ts'
import { parseJson } from './json.ts'
import { KubernetesError, refusalError } from './kubernetes-error.ts'

export interface Question {
  readonly client: KubernetesClient
  readonly clock: Clock
  /** Beginning of error messages: action and subject. */
  readonly what: string
  readonly path: string
  readonly query: URLSearchParams
  readonly stopped: AbortSignal
  /** Longest wait for the head of the answer, ms. */
  readonly answerMs: number
  /** Longest wait for the next bytes of the body, ms. */
  readonly silenceMs: number
}

/** The bytes of an answer with status 200, as they come. Rejects with a KubernetesError. */
export async function* answerTo(question: Question): AsyncGenerator<Buffer, void> {
  const { client, path, query, what, answerMs, silenceMs } = question
  const patience = createPatience(question)
  try {
    patience.renew(answerMs)
    const response = await client.get(path, { query, signal: patience.signal })
    try {
      patience.renew(silenceMs)
      if (response.statusCode !== 200) throw await refusal(what, response)
      const chunks: AsyncIterable<Buffer> = response
      for await (const chunk of chunks) {
        patience.renew(silenceMs)
        yield chunk
      }
    } finally {
      response.destroy()
    }
  } catch (error) {
    throw patience.exceeded() ?? connectionError(what, error)
  } finally {
    patience.end()
  }
}

/** All of an answer; longer than `maxBytes` is KUBERNETES_UNREADABLE with `advice`. */
export async function textOf(
  chunks: AsyncIterable<Buffer>,
  { what, maxBytes, advice }: { readonly what: string; readonly maxBytes: number; readonly advice: string },
): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes)
      throw new KubernetesError('KUBERNETES_UNREADABLE', `${what}: more than ${maxBytes} bytes; ${advice}`)
    parts.push(chunk)
  }
  return Buffer.concat(parts, bytes).toString('utf8')
}

interface Patience {
  readonly signal: AbortSignal
  /** Waits this long from now, no longer. */
  renew(ms: number): void
  exceeded(): KubernetesError | undefined
  end(): void
}

function createPatience({ clock, stopped, what }: Question): Patience {
  const silence = new AbortController()
  let error: KubernetesError | undefined
  let cancel = () => {}
  return {
    signal: AbortSignal.any([stopped, silence.signal]),
    renew(ms) {
      cancel()
      cancel = clock.setTimer(ms, () => {
        const seconds = Math.round(ms / 1000)
        error = new KubernetesError('KUBERNETES_SILENT', `${what}: nothing for ${seconds} s, expected bytes before`)
        silence.abort(error)
      })
    },
    exceeded: () => error,
    end: () => cancel(),
  }
}

const MAX_STATUS_BYTES = 64 << 10

async function refusal(what: string, response: IncomingMessage): Promise<KubernetesError> {
  const { statusCode = 0, headers } = response
  const text = await textOf(response, { what, maxBytes: MAX_STATUS_BYTES, advice: `as body of status ${statusCode}` })
  return refusalError({ what, httpStatus: statusCode, retryAfter: headers['retry-after'], body: parseJson(text) })
}
