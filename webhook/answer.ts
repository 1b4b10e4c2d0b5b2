import { parseJson } from '../src/kubernetes/json.ts'
import { type AdmissionRequest, parseReview, toReview } from './admission-review.ts'
import { review, type ReviewCore, type Reviewed, type ReviewPath } from './reviews.ts'

/** What is sent, and what is known of it for metrics and log. */
export interface Answer {
  readonly status: number
  readonly body: object
  readonly outcome: Reviewed['outcome'] | 'late' | 'fault' | 'unreadable' | 'rejected'
  /** Names of the object, never its contents. */
  readonly subject: Subject
  readonly applied: readonly string[]
  readonly findings: readonly string[]
  readonly fault?: unknown
}

type Subject = Partial<Pick<AdmissionRequest, 'uid' | 'namespace' | 'name' | 'operation' | 'dryRun'>>

export interface ReviewQuestion {
  readonly path: ReviewPath
  readonly bytes: Buffer
  /** The API server waits no longer: no time to look at the object. */
  readonly late: boolean
}

/**
 * The answer to a body. What can be answered at all lets the object pass, whatever goes wrong here; only rules refuse. The
 * API server takes any other status as a failed call, which its failurePolicy decides on.
 */
export function answer({ path, bytes, late }: ReviewQuestion, core: ReviewCore): Answer {
  const body = parseJson(bytes.toString('utf8'))
  if (body === undefined) return rejected(400, 'BAD_JSON', 'The body is no JSON')
  const parsed = parseReview(body)
  if (!parsed.ok) {
    if (parsed.uid === undefined) return rejected(400, 'BAD_REVIEW', `The body is no AdmissionReview: ${parsed.fault}`)
    return letPass(parsed.uid, 'unreadable', `warmpath could not read the review: ${parsed.fault}`)
  }
  const { request } = parsed
  const { uid, namespace, name, operation, dryRun } = request
  const subject = { uid, namespace, name, operation, dryRun }
  if (late) return { ...letPass(uid, 'late', 'warmpath had no time left and changed nothing'), subject }
  try {
    const { verdict, outcome, applied, findings } = review(path, request, core)
    return { status: 200, body: toReview(uid, verdict), outcome, subject, applied, findings }
  } catch (fault) {
    return { ...letPass(uid, 'fault', 'warmpath failed on this object and changed nothing'), subject, fault }
  }
}

function letPass(uid: string, outcome: Answer['outcome'], warning: string): Answer {
  const body = toReview(uid, { allowed: true, warnings: [warning] })
  return { status: 200, body, outcome, subject: { uid }, applied: [], findings: [] }
}

/** No review to answer. */
export function rejected(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } }, outcome: 'rejected', subject: {}, applied: [], findings: [] }
}
