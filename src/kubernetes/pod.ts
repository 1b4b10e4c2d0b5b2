import { at, isObject, listAt, textAt } from './json.ts'

const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const

/** Facts of a pod; what it does not say is `undefined`. Fields are those of core/v1 (k8s.io/api v0.36, core/v1/types.go). */
export interface Pod {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** The controller that made it. */
  readonly owner: PodOwner | undefined
  readonly node: string | undefined
  readonly ip: string | undefined
  readonly phase: (typeof phases)[number] | undefined
  /** Condition Ready; unknown without it, and when it is `Unknown`: the node does not report. */
  readonly ready: boolean | undefined
  /** Deletion has begun; it may still answer. */
  readonly terminating: boolean
  /** The scheduler found no node for it; unknown before it looked. */
  readonly unschedulable: boolean | undefined
  /** When the kubelet accepted it, ms since 1970. */
  readonly startedAtMs: number | undefined
  /** By name of container; those the kubelet has not reported are missing. */
  readonly restarts: Readonly<Record<string, number>>
}

export interface PodOwner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** `undefined` for what has no name, namespace and uid. Never throws. */
export function toPod(object: unknown): Pod | undefined {
  const name = textAt(object, 'metadata', 'name')
  const namespace = textAt(object, 'metadata', 'namespace')
  const uid = textAt(object, 'metadata', 'uid')
  if (name === undefined || namespace === undefined || uid === undefined) return undefined
  return {
    name,
    namespace,
    uid,
    labels: textsAt(object, 'labels'),
    annotations: textsAt(object, 'annotations'),
    owner: ownerOf(object),
    node: textAt(object, 'spec', 'nodeName'),
    ip: textAt(object, 'status', 'podIP'),
    phase: phases.find((phase) => phase === at(object, 'status', 'phase')),
    ready: truth(conditionOf(object, 'Ready')),
    terminating: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
    unschedulable: isUnschedulable(conditionOf(object, 'PodScheduled')),
    startedAtMs: timeOf(textAt(object, 'status', 'startTime')),
    restarts: restartsOf(object),
  }
}

function textsAt(object: unknown, field: 'labels' | 'annotations'): Readonly<Record<string, string>> {
  const found = at(object, 'metadata', field)
  if (!isObject(found)) return {}
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function ownerOf(object: unknown): PodOwner | undefined {
  const controller = listAt(object, 'metadata', 'ownerReferences').find((one) => at(one, 'controller') === true)
  const apiVersion = textAt(controller, 'apiVersion')
  const kind = textAt(controller, 'kind')
  const name = textAt(controller, 'name')
  const uid = textAt(controller, 'uid')
  if (apiVersion === undefined || kind === undefined || name === undefined || uid === undefined) return undefined
  return { apiVersion, kind, name, uid }
}

function conditionOf(object: unknown, type: string): unknown {
  return listAt(object, 'status', 'conditions').find((condition) => at(condition, 'type') === type)
}

function truth(condition: unknown): boolean | undefined {
  const status = at(condition, 'status')
  if (status === 'True') return true
  return status === 'False' ? false : undefined
}

/** False with another reason, such as SchedulingGated, means that the scheduler has not tried. */
function isUnschedulable(condition: unknown): boolean | undefined {
  const scheduled = truth(condition)
  if (scheduled === undefined) return undefined
  if (scheduled) return false
  return at(condition, 'reason') === 'Unschedulable' ? true : undefined
}

function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

function restartsOf(object: unknown): Readonly<Record<string, number>> {
  const counts = listAt(object, 'status', 'containerStatuses').flatMap((status): [string, number][] => {
    const name = textAt(status, 'name')
    const count = at(status, 'restartCount')
    return name !== undefined && typeof count === 'number' ? [[name, count]] : []
  })
  return Object.fromEntries(counts)
}
