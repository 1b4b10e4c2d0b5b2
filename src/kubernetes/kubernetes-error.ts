import { WarmpathError } from '../errors.ts'
import { at, textAt } from './json.ts'

/**
 * KUBERNETES_CONFIG: kubeconfig or service account unusable. KUBERNETES_CONNECTION: no connection, or it broke.
 * KUBERNETES_SILENT: no byte for too long. KUBERNETES_STATUS: the API server refused, see `answered`.
 * KUBERNETES_UNREADABLE: an answer that is not what it should be, or longer than allowed.
 */
export type KubernetesErrorCode =
  | 'KUBERNETES_CONFIG'
  | 'KUBERNETES_CONNECTION'
  | 'KUBERNETES_SILENT'
  | 'KUBERNETES_STATUS'
  | 'KUBERNETES_UNREADABLE'

interface Details {
  readonly cause?: unknown
  readonly answered?: number | undefined
  readonly retryAfterMs?: number | undefined
}

/** A fault between us and the API server. */
export class KubernetesError extends WarmpathError {
  /** The status of the API server, as HTTP status or as ERROR event of a watch. */
  readonly answered: number | undefined
  /** How long the API server asks to wait before the next attempt. */
  readonly retryAfterMs: number | undefined

  constructor(code: KubernetesErrorCode, message: string, { cause, answered, retryAfterMs }: Details = {}) {
    super(code, message, { cause })
    this.name = 'KubernetesError'
    this.answered = answered
    this.retryAfterMs = retryAfterMs
  }
}

export interface Refusal {
  /** Beginning of the message: action and subject. */
  readonly what: string
  /** HTTP status; `undefined` where the Status object alone says it, in a watch. */
  readonly httpStatus?: number
  /** Header `retry-after`, seconds. */
  readonly retryAfter?: string | undefined
  /** A Status object (apimachinery v0.36, pkg/apis/meta/v1/types.go), or whatever a proxy answered. */
  readonly body: unknown
}

/** The error for a request that was refused, with what to do about it. */
export function refusalError({ what, httpStatus, retryAfter, body }: Refusal): KubernetesError {
  const code = at(body, 'code')
  const answered = httpStatus ?? (typeof code === 'number' ? code : undefined)
  const said = textAt(body, 'message') ?? textAt(body, 'reason')
  const actual = `status ${answered ?? 'unknown'}${said === undefined ? '' : ` (${said})`}`
  const advice = adviceFor(answered)
  return new KubernetesError('KUBERNETES_STATUS', `${what}: ${actual}, expected 200${advice}`, {
    answered,
    retryAfterMs: secondsToMs(retryAfter) ?? secondsToMs(at(body, 'details', 'retryAfterSeconds')),
  })
}

function adviceFor(status: number | undefined): string {
  if (status === 401)
    return '; the credentials are not accepted: check the service account token or the kubeconfig user'
  if (status === 403) return '; grant get, list and watch on it with a Role or ClusterRole and its binding'
  if (status === 404)
    return '; the cluster does not serve it: install its CustomResourceDefinition or check the version'
  return ''
}

/** The API server sends whole seconds, never a date (apimachinery v0.36, pkg/api/errors/errors.go, SuggestsClientDelay). */
function secondsToMs(seconds: unknown): number | undefined {
  const value = typeof seconds === 'string' && /^\d+$/.test(seconds) ? Number(seconds) : seconds
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value * 1000 : undefined
}
