import type { Operation } from 'fast-json-patch'
import type { Catalogue } from '../src/eks/catalogue.ts'
import { parseInstanceName } from '../src/eks/instance-name.ts'
import { instanceTypeLabel, labelPrefixes } from '../src/eks/platforms.ts'
import { isObject, type JsonObject, listAt, textAt } from '../src/kubernetes/json.ts'
import { applyEdits } from './edit.ts'

/**
 * Auto Mode has a device plugin of its own; where the GPU Operator starts a second one, nodes offer 0 GPUs. The operator
 * leaves nodes alone whose label says "false" (gpu-operator v26.3 assets/state-device-plugin/0500_daemonset.yaml).
 */
export const devicePluginLabel = 'nvidia.com/gpu.deploy.device-plugin'

export interface ReviewedNodePool {
  /** Why nothing was to be done; absent where something was, or was said. */
  readonly why?: string
  readonly patch: readonly Operation[]
  readonly warnings: readonly string[]
}

/**
 * Puts the label into the template of a new Auto Mode pool that can make GPU nodes. The template of an old pool is left:
 * Karpenter would replace all its nodes (drift).
 */
export function reviewNodePool(
  object: JsonObject,
  { operation, catalogue }: { readonly operation: string; readonly catalogue: Catalogue },
): ReviewedNodePool {
  const untouched = (why: string): ReviewedNodePool => ({ why, patch: [], warnings: [] })
  const warned = (warning: string): ReviewedNodePool => ({ patch: [], warnings: [warning] })
  if (textAt(object, 'spec', 'template', 'spec', 'nodeClassRef', 'group') !== 'eks.amazonaws.com')
    return untouched('its node class is not of EKS Auto Mode')
  if (!canMakeGpuNodes(requirementsOf(object), catalogue)) return untouched('its requirements allow no NVIDIA GPU')
  const standing = textAt(object, 'spec', 'template', 'metadata', 'labels', devicePluginLabel)
  if (standing === 'false') return untouched(`it has ${devicePluginLabel} already`)
  if (standing !== undefined)
    return warned(`${devicePluginLabel} is "${standing}": two device plugins make nvidia.com/gpu 0`)
  switch (operation) {
    case 'CREATE': {
      const path = ['spec', 'template', 'metadata', 'labels', devicePluginLabel]
      return { patch: applyEdits(object, [{ kind: 'set', path, value: 'false' }]).patch, warnings: [] }
    }
    case 'UPDATE':
      return warned(`template lacks ${devicePluginLabel}: "false"; adding it replaces its nodes`)
    default:
      return untouched(`it is a ${operation}`)
  }
}

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

function requirementsOf(object: JsonObject): readonly Requirement[] {
  const list = listAt(object, 'spec', 'template', 'spec', 'requirements').filter(isObject)
  return list.map((raw) => ({
    key: textAt(raw, 'key') ?? '',
    operator: textAt(raw, 'operator') ?? '',
    values: listAt(raw, 'values').map(String),
  }))
}

/** What is known of a type by the label without its platform's prefix; a label that is not named is unknown. */
type Facts = Readonly<Record<string, string | undefined>>

/** Some one type has to meet them all. Types that are newer than the catalogue count by their names. */
function canMakeGpuNodes(requirements: readonly Requirement[], catalogue: Catalogue): boolean {
  const types = catalogue.types.filter(({ gpus }) => gpus > 0)
  const categories = new Set(types.map(({ category }) => category))
  const families = new Set(catalogue.types.map(({ family }) => family))
  const known: readonly Facts[] = types.map((type) => ({
    'instance-type': type.type,
    category: type.category,
    family: type.family,
    'gpu-count': String(type.gpus),
    'gpu-name': type.gpuName,
    'gpu-manufacturer': 'nvidia',
    'gpu-memory': type.gpuMemoryMiB === undefined ? undefined : String(type.gpuMemoryMiB),
  }))
  const named = requirements.flatMap(({ operator, values }) => (operator === 'In' ? values.map(factsOfName) : []))
  const newer = named
    .filter((facts) => facts !== undefined)
    .filter(({ category = '', family = '' }) => categories.has(category) && !families.has(family))
  return [...known, ...newer].some((facts) => requirements.every((requirement) => meets(facts, requirement)))
}

/** Of a type or a family that a requirement names. */
function factsOfName(value: string): Facts | undefined {
  const type = parseInstanceName(value)
  const family = type ?? parseInstanceName(`${value}.large`)
  if (family === undefined) return undefined
  const gpus = { 'gpu-manufacturer': 'nvidia' }
  return { 'instance-type': type && value, category: family.category, family: family.family, ...gpus }
}

function meets(facts: Facts, { key, operator, values }: Requirement): boolean {
  const label = labelOf(key)
  const value = label === undefined ? undefined : facts[label]
  if (label?.startsWith('gpu-') === true && operator === 'DoesNotExist') return false
  if (value === undefined) return true
  const bound = Number(values[0])
  switch (operator) {
    case 'In':
      return values.includes(value)
    case 'NotIn':
      return !values.includes(value)
    case 'Gt':
      return Number(value) > bound
    case 'Gte':
      return Number(value) >= bound
    case 'Lt':
      return Number(value) < bound
    case 'Lte':
      return Number(value) <= bound
    default:
      return true
  }
}

function labelOf(key: string): string | undefined {
  if (key === instanceTypeLabel) return 'instance-type'
  const prefix = labelPrefixes.find((one) => key.startsWith(one.prefix))?.prefix
  return prefix === undefined ? undefined : key.slice(prefix.length)
}
