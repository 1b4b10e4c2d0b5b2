import { allocatableOf } from './allocatable.ts'
import { familySupport, type Catalogue } from './catalogue.ts'
import { featureSupport } from './feature-support.ts'
import type { Arch, InstanceType } from './instance-types.ts'
import { platformsIn, type PlatformKind } from './platforms.ts'

/** What one pod asks of its node. What is left out is not asked for. */
export interface Needs {
  /** `nvidia.com/gpu`; 0 for a pod that asks for MIG devices only. */
  readonly gpus: number
  /** `vpc.amazonaws.com/efa`. */
  readonly efas?: number
  readonly cpuMilli?: number
  readonly memoryMiB?: number
  /** Of each GPU. */
  readonly gpuMemoryMiB?: number
  /** A value of the label `instance-gpu-name`. */
  readonly gpuName?: string
  /** Asks for `nvidia.com/mig-*`. Which profiles a node is cut into is not known here. */
  readonly mig?: boolean
  readonly arch?: Arch
}

/** Where the pod may go. What is left out allows everything. */
export interface Allowed {
  readonly platform?: PlatformKind
  readonly categories?: readonly string[]
  readonly families?: readonly string[]
  readonly types?: readonly string[]
  /** Values of the label `instance-gpu-name`; a type whose GPU has no known name is then not allowed. */
  readonly gpuNames?: readonly string[]
  readonly excludedFamilies?: readonly string[]
  readonly excludedTypes?: readonly string[]
}

/** A thing that a type has too little of. `available` is `undefined` where the catalogue does not know. */
export type Shortfall =
  | {
      readonly resource: 'gpus' | 'efas' | 'cpuMilli' | 'memoryMiB' | 'gpuMemoryMiB'
      readonly needed: number
      readonly available: number | undefined
    }
  | {
      readonly resource: 'gpuName' | 'arch' | 'mig'
      readonly needed: string
      readonly available: string | undefined
    }

export type Fit =
  /** Cheapest first; types of unknown price come last. */
  | { readonly kind: 'fits'; readonly cheapest: InstanceType; readonly types: readonly InstanceType[] }
  /** `nearest` is the allowed type that falls short in the fewest things, and by the least. */
  | {
      readonly kind: 'too-small'
      readonly nearest: InstanceType
      readonly shortfalls: readonly Shortfall[]
      readonly elsewhere: InstanceType | undefined
    }
  /** Nothing in the catalogue is allowed. */
  | { readonly kind: 'nothing-allowed'; readonly elsewhere: InstanceType | undefined }

/**
 * The types a pod can run on, or why there is none; `elsewhere` is then the cheapest type of the whole catalogue that
 * would do. The pod has the node to itself: what DaemonSets ask for belongs into the needs. O(types).
 */
export function fit(catalogue: Catalogue, needs: Needs, allowed: Allowed = {}): Fit {
  const candidates = catalogue.types.filter((type) => isAllowed(catalogue, needs, allowed, type))
  const types = thatFit(candidates, needs)
  const [cheapest] = types
  if (cheapest !== undefined) return { kind: 'fits', cheapest, types }
  const elsewhere = thatFit(catalogue.types, needs)[0]
  const ranked = candidates
    .map((type) => ({ nearest: type, shortfalls: shortfallsOf(type, needs) }))
    .toSorted((a, b) => distance(a.shortfalls) - distance(b.shortfalls) || byPrice(a.nearest, b.nearest))
  return ranked[0] === undefined
    ? { kind: 'nothing-allowed', elsewhere }
    : { kind: 'too-small', ...ranked[0], elsewhere }
}

/** What `type` lacks, empty if the pod fits. Unknown counts as lacking: a pod on it might wait for ever. */
export function shortfallsOf(type: InstanceType, needs: Needs): readonly Shortfall[] {
  const { cpuMilli, memoryMiB } = allocatableOf(type)
  return [
    ...lacks('gpus', needs.gpus, type.gpus),
    ...lacks('efas', needs.efas, type.efas),
    ...lacks('cpuMilli', needs.cpuMilli, cpuMilli),
    ...lacks('memoryMiB', needs.memoryMiB, memoryMiB),
    ...lacks('gpuMemoryMiB', needs.gpuMemoryMiB, type.gpuMemoryMiB),
    ...differs('gpuName', needs.gpuName, type.gpuName),
    ...differs('arch', needs.arch, type.arch),
    ...differs('mig', needs.mig === true ? 'true' : undefined, type.mig === undefined ? undefined : String(type.mig)),
  ]
}

function isAllowed(catalogue: Catalogue, needs: Needs, allowed: Allowed, type: InstanceType): boolean {
  return (
    (allowed.categories?.includes(type.category) ?? true) &&
    (allowed.families?.includes(type.family) ?? true) &&
    (allowed.types?.includes(type.type) ?? true) &&
    (allowed.gpuNames?.some((name) => name === type.gpuName) ?? true) &&
    !allowed.excludedFamilies?.includes(type.family) &&
    !allowed.excludedTypes?.includes(type.type) &&
    (allowed.platform === undefined || isMade(catalogue, needs, allowed.platform, type))
  )
}

/** Whether some platform of the kind makes such nodes, and can do what the pod needs. Unknown counts as yes. */
function isMade(catalogue: Catalogue, needs: Needs, kind: PlatformKind, { family }: InstanceType): boolean {
  return platformsIn(kind).some(
    (platform) =>
      !familySupport(catalogue, platform, family).some(({ support }) => support === 'unlisted') &&
      !(needs.mig === true && featureSupport(platform, 'mig').some(({ support }) => support === 'no')),
  )
}

function thatFit(types: readonly InstanceType[], needs: Needs): readonly InstanceType[] {
  return types.filter((type) => shortfallsOf(type, needs).length === 0).toSorted(byPrice)
}

function byPrice(a: InstanceType, b: InstanceType): number {
  const [first, second] = [a.price?.usdPerHour ?? Infinity, b.price?.usdPerHour ?? Infinity]
  return first === second ? a.type.localeCompare(b.type, 'en') : first - second
}

/** Every thing that is lacking counts as 1, and up to 1 more by how much of it is. */
function distance(shortfalls: readonly Shortfall[]): number {
  return shortfalls.reduce((sum, shortfall) => sum + 1 + missingShare(shortfall), 0)
}

function missingShare({ needed, available }: Shortfall): number {
  return typeof needed === 'number' && typeof available === 'number' ? (needed - available) / needed : 1
}

function lacks(
  resource: Extract<Shortfall, { needed: number }>['resource'],
  needed: number | undefined,
  available: number | undefined,
): readonly Shortfall[] {
  if (needed === undefined || needed <= (available ?? 0)) return []
  return [{ resource, needed, available }]
}

function differs(
  resource: Extract<Shortfall, { needed: string }>['resource'],
  needed: string | undefined,
  available: string | undefined,
): readonly Shortfall[] {
  return needed === undefined || needed === available ? [] : [{ resource, needed, available }]
}
