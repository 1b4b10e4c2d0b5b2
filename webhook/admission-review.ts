import type { Operation } from 'fast-json-patch'
import { at, isObject, type JsonObject, textAt } from '../src/kubernetes/json.ts'

/** What the API server asks (k8s.io/api v0.36 admission/v1 AdmissionRequest), as far as we read it. */
export interface AdmissionRequest {
  readonly uid: string
  /** Of the object, e.g. `Pod`. */
  readonly kind: string
  readonly operation: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly dryRun: boolean
  /** Absent on DELETE. */
  readonly object: JsonObject | undefined
  readonly oldObject: JsonObject | undefined
}

export type ParsedReview =
  | { readonly ok: true; readonly request: AdmissionRequest }
  /** `uid` where it could be read: an answer with it lets the object pass. */
  | { readonly ok: false; readonly uid: string | undefined; readonly fault: string }

const reviewVersion = 'admission.k8s.io/v1'

export function parseReview(body: unknown): ParsedReview {
  const uid = textAt(body, 'request', 'uid')
  const fault = (expected: string): ParsedReview => ({ ok: false, uid, fault: expected })
  if (textAt(body, 'apiVersion') !== reviewVersion || textAt(body, 'kind') !== 'AdmissionReview')
    return fault(`expected apiVersion ${reviewVersion} and kind AdmissionReview`)
  const request = at(body, 'request')
  if (!isObject(request) || uid === undefined) return fault('expected request.uid')
  const kind = textAt(request, 'kind', 'kind')
  const operation = textAt(request, 'operation')
  if (kind === undefined || operation === undefined) return fault('expected request.kind.kind and request.operation')
  return {
    ok: true,
    request: {
      uid,
      kind,
      operation,
      namespace: textAt(request, 'namespace'),
      name: textAt(request, 'name'),
      dryRun: request['dryRun'] === true,
      object: objectAt(request, 'object'),
      oldObject: objectAt(request, 'oldObject'),
    },
  }
}

function objectAt(request: JsonObject, name: string): JsonObject | undefined {
  const found = request[name]
  return isObject(found) ? found : undefined
}

/** What we say of one object. */
export interface Verdict {
  /** Refusals need a message. */
  readonly allowed: boolean
  readonly message?: string
  readonly patch?: readonly Operation[]
  readonly warnings?: readonly string[]
  /** Keys are plain names; the API server puts `<webhook name>/` before them. */
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

/** An AdmissionReview with the answer: patch and patchType together or not at all. */
export function toReview(uid: string, verdict: Verdict): JsonObject {
  const { allowed, message, patch = [], warnings = [], auditAnnotations = {} } = verdict
  return {
    apiVersion: reviewVersion,
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed,
      ...(message !== undefined && { status: { code: 403, message } }),
      ...(patch.length > 0 && {
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      }),
      ...(warnings.length > 0 && { warnings: warnings.map(toHeaderText) }),
      ...(Object.keys(auditAnnotations).length > 0 && { auditAnnotations }),
    },
  }
}

/** Warnings travel in an HTTP header: printable ASCII on one line, 120 characters by the API's advice. */
export function toHeaderText(text: string): string {
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return plain.length <= warningLimit ? plain : `${plain.slice(0, warningLimit - 3)}...`
}

export const warningLimit = 120
