import { at, isObject, type JsonObject, listAt, textAt } from '../src/kubernetes/json.ts'

/** A pod as a manifest would make it. */
export interface FoundPod {
  /** Where its template stands, e.g. `spec.template`; empty for a Pod. */
  readonly path: string
  readonly pod: JsonObject
}

/** Deeper than any template of a known kind: a RayService has one at depth 5. */
const MAX_DEPTH = 12

/**
 * The pods of an object: itself, or every template at any depth, whatever the kind: an object with `containers`, as it is
 * or in a `spec` beside its `metadata`.
 */
export function podsOf(object: JsonObject): readonly FoundPod[] {
  if (textAt(object, 'kind') === 'Pod') return [{ path: '', pod: object }]
  return templatesIn(object['spec'], ['spec'], object)
}

function templatesIn(value: unknown, path: readonly string[], root: JsonObject): readonly FoundPod[] {
  if (path.length > MAX_DEPTH) return []
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value
    return list.flatMap((one, index) => templatesIn(one, [...path, String(index)], root))
  }
  if (!isObject(value)) return []
  if (hasContainers(value['spec'])) return [{ path: path.join('.'), pod: toPod(value, root) }]
  // KServe writes the spec of a pod without a `spec` around it.
  if (hasContainers(value)) return [{ path: path.join('.'), pod: toPod({ spec: value }, root) }]
  return Object.entries(value).flatMap(([name, below]) => templatesIn(below, [...path, name], root))
}

const hasContainers = (value: unknown): boolean => listAt(value, 'containers').some(isObject)

/** With the owner that decides: pods of a DaemonSet are never touched. */
function toPod(template: JsonObject, root: JsonObject): JsonObject {
  const metadata = at(template, 'metadata')
  const kind = textAt(root, 'kind')
  const owners = kind === 'DaemonSet' ? { ownerReferences: [{ kind }] } : {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(isObject(metadata) && metadata), ...owners },
    spec: template['spec'],
  }
}
