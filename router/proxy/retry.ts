import { type ApiError, upstreamBroke, upstreamTimeout } from '../openai/errors.ts'

/** How an attempt at one replica failed. */
export type Failure =
  /** No connection: refused, unreachable, name unknown, or not made in time. The replica saw nothing. */
  | { readonly kind: 'unreachable'; readonly what: string }
  /** The connection ended before the answer did. */
  | { readonly kind: 'dropped'; readonly what: string }
  /** What came was not HTTP. */
  | { readonly kind: 'garbage'; readonly what: string }
  | { readonly kind: 'first-byte-timeout'; readonly timeoutMs: number }
  | { readonly kind: 'idle-timeout'; readonly timeoutMs: number }
  | { readonly kind: 'status'; readonly status: number }

/**
 * Whether another replica may be given the request, while nothing of an answer has reached the client. Inference has
 * no effect but its answer, so it may be repeated once it failed; a request of unknown effect (`repeatable: false`)
 * only when no replica saw it. A 4xx is the client's. 500 is not repeated: vLLM answers it when a request broke the
 * generation or the engine, and the next engine would break too.
 */
export function mayRetry(failure: Failure, { repeatable }: { readonly repeatable: boolean }): boolean {
  switch (failure.kind) {
    case 'unreachable':
      return true
    case 'dropped':
    case 'garbage':
    case 'first-byte-timeout':
      return repeatable
    case 'status':
      return repeatable && isRetryableStatus(failure.status)
    case 'idle-timeout':
      return false
  }
}

/** Bad gateway, unavailable (vLLM: engine dead, or scaling), gateway timeout: said by what did not do the work. */
export const isRetryableStatus = (status: number): boolean => status === 502 || status === 503 || status === 504

export function errorOf(failure: Failure): ApiError {
  switch (failure.kind) {
    case 'unreachable':
      return upstreamBroke(`no connection (${failure.what})`)
    case 'dropped':
      return upstreamBroke(`it closed the connection (${failure.what})`)
    case 'garbage':
      return upstreamBroke(`it sent something that is not HTTP (${failure.what})`)
    case 'first-byte-timeout':
      return upstreamTimeout(`no answer within ${failure.timeoutMs} ms`)
    case 'idle-timeout':
      return upstreamTimeout(`nothing more came within ${failure.timeoutMs} ms`)
    case 'status':
      return upstreamBroke(`status ${failure.status}`)
  }
}
