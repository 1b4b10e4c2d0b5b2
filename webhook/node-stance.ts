import { instanceTypeLabel, instanceLabelKeys } from '../src/eks/platforms.ts'
import { parseInstanceName } from '../src/eks/instance-name.ts'
import { quoted } from './part.ts'
import type { NodeExpression, PodView } from './pod-view.ts'
import type { WebhookSettings } from './settings.ts'

/** What a pod says of instance types by itself, seen from the category (and families) that it would be sent to. */
export type Stance =
  | { readonly kind: 'free' }
  /** It names types, some of which are wanted ones. */
  | { readonly kind: 'agrees' }
  /** No wanted type is among those it allows; `what` is the constraint, for people. */
  | { readonly kind: 'contradicts'; readonly what: string }

/**
 * nodeSelector is ANDed with the terms of the required affinity, which are ORed. A constraint in one term is one: who
 * wrote terms by instance type has thought about it.
 */
export function stanceOf(pod: PodView, settings: WebhookSettings): Stance {
  const selector = Object.entries(pod.nodeSelector).map(([key, value]): NodeExpression => ({
    key,
    operator: 'In',
    values: [value],
  }))
  const terms = liveTerms(pod).map((term) => allOf(term.expressions, settings))
  const allTerms = terms.every(({ kind }) => kind === 'contradicts') ? terms[0] : undefined
  const ofSelector = allOf(selector, settings)
  if (ofSelector.kind === 'contradicts') return ofSelector
  if (allTerms !== undefined) return allTerms
  return [ofSelector, ...terms].some(({ kind }) => kind !== 'free') ? { kind: 'agrees' } : { kind: 'free' }
}

export interface LiveTerm {
  /** In the list of the pod. */
  readonly index: number
  readonly expressions: readonly NodeExpression[]
}

/** The terms that can match a node: an empty one matches none (k8s.io/api v0.36 core/v1 NodeSelectorTerm). */
export function liveTerms({ nodeTerms = [] }: PodView): readonly LiveTerm[] {
  return nodeTerms
    .map(({ expressions, hasFields }, index) => ({ index, expressions, hasFields }))
    .filter(({ expressions, hasFields }) => expressions.length > 0 || hasFields)
}

/** A label by which the pod names its nodes one by one or by pool, so that it may be about any instance type. */
export function poolOf(pod: PodView): string | undefined {
  const named = Object.entries(pod.nodeSelector).find(([key]) => poolLabels.has(key))
  if (named !== undefined) return `${named[0]}=${named[1]}`
  const expressions = liveTerms(pod).flatMap((term) => term.expressions)
  const pool = expressions.find(({ key, operator }) => poolLabels.has(key) && operator === 'In')
  return pool === undefined ? undefined : `${pool.key}=${pool.values.join(',')}`
}

/** awsdocs/amazon-eks-user-guide automode/create-node-pool and managed-node-groups, 2024-12; kubernetes.io well-known labels. */
const poolLabels: ReadonlySet<string> = new Set([
  'karpenter.sh/nodepool',
  'eks.amazonaws.com/nodegroup',
  'kubernetes.io/hostname',
])

function allOf(expressions: readonly NodeExpression[], settings: WebhookSettings): Stance {
  const stances = expressions.map((one) => expressionStance(one, settings))
  return (
    stances.find(({ kind }) => kind === 'contradicts') ??
    stances.find(({ kind }) => kind === 'agrees') ?? { kind: 'free' }
  )
}

function expressionStance({ key, operator, values }: NodeExpression, settings: WebhookSettings): Stance {
  const label = labelOf(key)
  if (label === undefined) return { kind: 'free' }
  const what = quoted(`${key.slice(key.lastIndexOf('/') + 1)} ${operator} ${values.join(',')}`.trim())
  switch (operator) {
    case 'In':
      return values.some((value) => mayBeWanted(label, value, settings))
        ? { kind: 'agrees' }
        : { kind: 'contradicts', what }
    // Leaving some types out says nothing of the rest: the category still has to be named beside it.
    case 'NotIn':
      return label === 'category' && values.includes(settings.category)
        ? { kind: 'contradicts', what }
        : { kind: 'free' }
    case 'DoesNotExist':
      return isOurOnlyKey(key, settings) ? { kind: 'contradicts', what } : { kind: 'free' }
    default:
      return { kind: 'free' }
  }
}

type TypeLabel = 'category' | 'family' | 'type' | 'gpu-name' | 'gpu-product'

function labelOf(key: string): TypeLabel | undefined {
  if (key === instanceTypeLabel || key === 'beta.kubernetes.io/instance-type') return 'type'
  // Of GPU feature discovery (k8s-device-plugin v0.17 docs/gpu-feature-discovery), e.g. NVIDIA-L40S.
  if (key === 'nvidia.com/gpu.product') return 'gpu-product'
  return typeLabels.find((label) => instanceLabelKeys('mixed', label).includes(key))
}

const typeLabels = ['category', 'family', 'gpu-name'] as const

/** A value that nothing is known of may be wanted. */
function mayBeWanted(label: TypeLabel, value: string, settings: WebhookSettings): boolean {
  switch (label) {
    case 'category':
      return value === settings.category || settings.families.some((family) => categoryOf(family) === value)
    case 'family':
      return isWantedFamily(value, settings)
    case 'type': {
      const name = parseInstanceName(value)
      return name === undefined || isWantedFamily(name.family, settings)
    }
    case 'gpu-name':
      return isWantedGpu([value], settings)
    case 'gpu-product':
      return isWantedGpu(value.toLowerCase().split(/[-_ ]/), settings)
  }
}

function isWantedFamily(family: string, settings: WebhookSettings): boolean {
  const category = categoryOf(family)
  return category === undefined || category === settings.category || settings.families.includes(family)
}

function isWantedGpu(names: readonly string[], settings: WebhookSettings): boolean {
  const types = settings.catalogue.types.filter(({ gpuName }) => gpuName !== undefined && names.includes(gpuName))
  return types.length === 0 || types.some(({ family }) => isWantedFamily(family, settings))
}

const categoryOf = (family: string): string | undefined => parseInstanceName(`${family}.any`)?.category

function isOurOnlyKey(key: string, { platform, families }: WebhookSettings): boolean {
  const keys = instanceLabelKeys(platform, families.length === 0 ? 'category' : 'family')
  const ours = platform === 'node-groups' ? [instanceTypeLabel] : keys
  return ours.length === 1 && ours[0] === key
}
