import { at, isObject, type JsonObject, listAt, textAt } from '../src/kubernetes/json.ts'

/** What mutations and rules read of a Pod; what a Pod leaves out is absent here too. Lists keep the Pod's order. */
export interface PodView {
  readonly name: string | undefined
  readonly labels: Texts
  readonly annotations: Texts
  /** Kinds of its owners: ReplicaSet, DaemonSet, Node (a static pod's mirror), … */
  readonly ownerKinds: readonly string[]
  readonly containers: readonly ContainerView[]
  readonly initContainers: readonly ContainerView[]
  readonly volumes: readonly VolumeView[]
  readonly tolerations: readonly TolerationView[]
  readonly nodeSelector: Texts
  /** Terms of the required node affinity, ORed; absent = no such affinity. */
  readonly nodeTerms: readonly NodeTermView[] | undefined
  readonly nodeName: string | undefined
  readonly schedulerName: string | undefined
  readonly runtimeClassName: string | undefined
  readonly enableServiceLinks: boolean | undefined
  readonly terminationGracePeriodSeconds: number | undefined
  readonly hostNetwork: boolean
  /** Names of `spec.resourceClaims`. */
  readonly resourceClaims: readonly string[]
}

export type Texts = Readonly<Record<string, string>>

export interface ContainerView {
  readonly list: 'containers' | 'initContainers'
  readonly index: number
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly EnvView[]
  /** Quantities as written. */
  readonly requests: Texts
  readonly limits: Texts
  /** Names of `resources.claims`. */
  readonly claims: readonly string[]
  readonly mounts: readonly { readonly name: string; readonly path: string }[]
  readonly hasLivenessProbe: boolean
  readonly startupProbe: ProbeView | undefined
  readonly hasPreStop: boolean
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy: string | undefined
}

export interface EnvView {
  readonly name: string
  /** Absent when it comes from somewhere else: a secret, a field, a config map. */
  readonly value: string | undefined
}

export interface ProbeView {
  readonly initialDelaySeconds: number
  readonly periodSeconds: number
  readonly failureThreshold: number
}

export interface VolumeView {
  readonly name: string
  /** `emptyDir`, `hostPath`, …; the key beside the name. */
  readonly kind: string | undefined
  /** Of an emptyDir: `Memory` or absent. */
  readonly medium: string | undefined
}

export interface TolerationView {
  readonly key: string | undefined
  readonly operator: string
  readonly value: string | undefined
  readonly effect: string | undefined
}

export interface NodeTermView {
  readonly expressions: readonly NodeExpression[]
  readonly hasFields: boolean
}

export interface NodeExpression {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

/**
 * `undefined` if the value is no Pod: it has no containers. Anything else that is odd reads as absent. Who has read its
 * containers before may hand them in.
 */
export function readPod(pod: unknown, known?: readonly ContainerView[]): PodView | undefined {
  const spec = at(pod, 'spec')
  const containers = known ?? containersAt(spec, 'containers')
  if (containers.length === 0) return undefined
  return {
    name: textAt(pod, 'metadata', 'name') ?? textAt(pod, 'metadata', 'generateName'),
    labels: textsAt(pod, 'metadata', 'labels'),
    annotations: textsAt(pod, 'metadata', 'annotations'),
    ownerKinds: textsOf(listAt(pod, 'metadata', 'ownerReferences'), 'kind'),
    containers,
    initContainers: containersAt(spec, 'initContainers'),
    volumes: objectsAt(spec, 'volumes').map(readVolume),
    tolerations: objectsAt(spec, 'tolerations').map(readToleration),
    nodeSelector: textsAt(spec, 'nodeSelector'),
    nodeTerms: readNodeTerms(spec),
    nodeName: textAt(spec, 'nodeName'),
    schedulerName: textAt(spec, 'schedulerName'),
    runtimeClassName: textAt(spec, 'runtimeClassName'),
    enableServiceLinks: booleanAt(spec, 'enableServiceLinks'),
    terminationGracePeriodSeconds: numberAt(spec, 'terminationGracePeriodSeconds'),
    hostNetwork: booleanAt(spec, 'hostNetwork') ?? false,
    resourceClaims: textsOf(listAt(spec, 'resourceClaims'), 'name'),
  }
}

function containersAt(spec: unknown, list: ContainerView['list']): readonly ContainerView[] {
  return listAt(spec, list).flatMap((raw, index) => (isObject(raw) ? [readContainer(raw, list, index)] : []))
}

function readContainer(raw: JsonObject, list: ContainerView['list'], index: number): ContainerView {
  const mounts = objectsAt(raw, 'volumeMounts')
  return {
    list,
    index,
    name: textAt(raw, 'name') ?? '',
    image: textAt(raw, 'image') ?? '',
    command: wordsAt(raw, 'command'),
    args: wordsAt(raw, 'args'),
    env: objectsAt(raw, 'env').map(readEnv),
    requests: quantitiesAt(raw, 'requests'),
    limits: quantitiesAt(raw, 'limits'),
    claims: textsOf(listAt(raw, 'resources', 'claims'), 'name'),
    mounts: mounts.map((mount) => ({ name: textAt(mount, 'name') ?? '', path: textAt(mount, 'mountPath') ?? '' })),
    hasLivenessProbe: isObject(raw['livenessProbe']),
    startupProbe: readProbe(raw['startupProbe']),
    hasPreStop: isObject(at(raw, 'lifecycle', 'preStop')),
    restartPolicy: textAt(raw, 'restartPolicy'),
  }
}

/** A variable without `valueFrom` and without a value is the empty text. */
function readEnv(raw: JsonObject): EnvView {
  const value = typeof raw['value'] === 'string' ? raw['value'] : ''
  return { name: textAt(raw, 'name') ?? '', value: isObject(raw['valueFrom']) ? undefined : value }
}

/** Defaults as the API server fills them in (kubernetes v1.36 pkg/apis/core/v1/defaults.go SetDefaults_Probe). */
function readProbe(raw: unknown): ProbeView | undefined {
  if (!isObject(raw)) return undefined
  return {
    initialDelaySeconds: numberAt(raw, 'initialDelaySeconds') ?? 0,
    periodSeconds: numberAt(raw, 'periodSeconds') ?? 10,
    failureThreshold: numberAt(raw, 'failureThreshold') ?? 3,
  }
}

function readVolume(raw: JsonObject): VolumeView {
  const kind = Object.keys(raw).find((key) => key !== 'name')
  return { name: textAt(raw, 'name') ?? '', kind, medium: textAt(raw, 'emptyDir', 'medium') }
}

function readToleration(raw: JsonObject): TolerationView {
  return {
    key: textAt(raw, 'key'),
    operator: textAt(raw, 'operator') ?? 'Equal',
    value: textAt(raw, 'value'),
    effect: textAt(raw, 'effect'),
  }
}

function readNodeTerms(spec: unknown): readonly NodeTermView[] | undefined {
  const required = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution')
  if (!isObject(required)) return undefined
  return objectsAt(required, 'nodeSelectorTerms').map((term) => ({
    expressions: objectsAt(term, 'matchExpressions').map((one) => ({
      key: textAt(one, 'key') ?? '',
      operator: textAt(one, 'operator') ?? '',
      values: wordsAt(one, 'values'),
    })),
    hasFields: listAt(term, 'matchFields').length > 0,
  }))
}

const objectsAt = (value: unknown, ...path: readonly string[]): readonly JsonObject[] =>
  listAt(value, ...path).filter(isObject)

const wordsAt = (value: unknown, name: string): readonly string[] =>
  listAt(value, name).filter((word) => typeof word === 'string')

const textsOf = (objects: readonly unknown[], name: string): readonly string[] =>
  objects.flatMap((object) => textAt(object, name) ?? [])

function textsAt(value: unknown, ...path: readonly string[]): Texts {
  const found = at(value, ...path)
  if (!isObject(found)) return {}
  return Object.fromEntries(
    Object.entries(found).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  )
}

/** The API server writes quantities as texts; people write numbers too. */
function quantitiesAt(raw: JsonObject, name: 'requests' | 'limits'): Texts {
  const found = at(raw, 'resources', name)
  if (!isObject(found)) return {}
  const isQuantity = (value: unknown): value is string | number =>
    typeof value === 'string' || typeof value === 'number'
  return Object.fromEntries(
    Object.entries(found).flatMap(([key, value]) => (isQuantity(value) ? [[key, String(value)]] : [])),
  )
}

function booleanAt(value: unknown, name: string): boolean | undefined {
  const found = at(value, name)
  return typeof found === 'boolean' ? found : undefined
}

function numberAt(value: unknown, name: string): number | undefined {
  const found = at(value, name)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}
