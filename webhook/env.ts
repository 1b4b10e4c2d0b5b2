import { at, type JsonObject, listAt, textAt } from '../src/kubernetes/json.ts'
import { containerPath, rawContainer } from './container-edits.ts'
import type { Edit } from './edit.ts'
import type { ContainerView } from './pod-view.ts'

/** A variable that a mutation wants: of a value, or of a field of the pod such as `status.podIP`. */
export type WantedEnv =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly fieldPath: string }

export type EnvEdit =
  | { readonly kind: 'edited'; readonly edit: Edit }
  | { readonly kind: 'present' }
  /** The user's own, which wins; `shown` is for warnings. */
  | { readonly kind: 'other'; readonly shown: string }

/**
 * Adds a variable to the container unless it has one of the name; of several the last counts (kubernetes v1.36
 * pkg/kubelet/kubelet_pods.go makeEnvironmentVariables). A variable of `envFrom` cannot be seen, and gives way to ours.
 */
export function addEnv(object: JsonObject, container: ContainerView, wanted: WantedEnv): EnvEdit {
  const entries = listAt(rawContainer(object, container), 'env')
  const standing = entries.findLast((entry) => textAt(entry, 'name') === wanted.name)
  if (standing !== undefined) {
    return isSame(standing, wanted, entries) ? { kind: 'present' } : { kind: 'other', shown: shownOf(standing) }
  }
  const { name } = wanted
  const value =
    'value' in wanted
      ? { name, value: wanted.value }
      : { name, valueFrom: { fieldRef: { fieldPath: wanted.fieldPath } } }
  return { kind: 'edited', edit: { kind: 'append', path: containerPath(container, 'env'), value } }
}

// The API server adds `apiVersion: v1` to a fieldRef (kubernetes v1.36 pkg/apis/core/v1/defaults.go
// SetDefaults_ObjectFieldSelector), so that what we wrote looks different in a second call.
function isSame(entry: unknown, wanted: WantedEnv, entries: readonly unknown[]): boolean {
  const value = textAt(entry, 'value')
  if ('value' in wanted) return at(entry, 'valueFrom') === undefined && value === wanted.value
  if (textAt(entry, 'valueFrom', 'fieldRef', 'fieldPath') === wanted.fieldPath) return true
  const [, name] = /^\$\(([^)]+)\)$/.exec(value ?? '') ?? []
  const source = entries.slice(0, entries.indexOf(entry)).findLast((one) => textAt(one, 'name') === name)
  return name !== undefined && textAt(source, 'valueFrom', 'fieldRef', 'fieldPath') === wanted.fieldPath
}

function shownOf(entry: unknown): string {
  return textAt(entry, 'value') ?? textAt(entry, 'valueFrom', 'fieldRef', 'fieldPath') ?? ''
}
