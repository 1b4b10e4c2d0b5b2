import { instanceTypeLabel, labelPrefixes } from '../src/eks/platforms.ts'
import type { NodeExpression, PodView } from './pod-view.ts'

/** The parts of a Pod that bind it to nodes. */
export type Placement = Pick<PodView, 'nodeSelector' | 'nodeTerms'>

/** One way to satisfy a pod's nodeSelector and required node affinity: all of its expressions hold. */
export type NodeAlternative = readonly NodeExpression[]

/**
 * The ways to satisfy the pod, ORed; none if no node can. Terms with `matchFields` allow less than they say here. Without
 * a term the nodeSelector stands alone, and a term without expressions matches no node (k8s.io/component-helpers v0.36
 * scheduling/corev1/nodeaffinity isEmptyNodeSelectorTerm).
 */
export function nodeAlternatives({ nodeSelector, nodeTerms = [] }: Placement): readonly NodeAlternative[] {
  const selected = Object.entries(nodeSelector).map(([key, value]) => ({ key, operator: 'In', values: [value] }))
  if (nodeTerms.length === 0) return [selected]
  return nodeTerms
    .filter(({ expressions, hasFields }) => expressions.length > 0 || hasFields)
    .map(({ expressions }) => [...selected, ...expressions.filter(isSound)])
}

/** An `In` without a text to compare with is one that the API server refuses; it tells nothing. */
const isSound = ({ operator, values }: NodeExpression): boolean => operator !== 'In' || values.length > 0

/** Every label key that the pod binds itself by, in any alternative. */
export function nodeKeys(placement: Placement): ReadonlySet<string> {
  return new Set(nodeAlternatives(placement).flatMap((expressions) => expressions.map(({ key }) => key)))
}

/**
 * What a label key says of an instance, under whichever platform's prefix: `category`, `family`, `gpu-name`, ... as in
 * `InstanceLabel`, or `type` or `arch`; `undefined` for keys that say nothing of it, as a node pool's name.
 */
export function instanceFact(key: string): string | undefined {
  if (key === instanceTypeLabel || key === legacyTypeLabel) return 'type'
  if (key === 'kubernetes.io/arch') return 'arch'
  const prefix = labelPrefixes.find((one) => key.startsWith(one.prefix))?.prefix
  return prefix === undefined ? undefined : key.slice(prefix.length)
}

/** Still on every node beside its successor (k8s.io/api v0.36 core/v1 well_known_labels.go LabelInstanceType). */
const legacyTypeLabel = 'beta.kubernetes.io/instance-type'

/** The values that the pod asks for by a label key, over all alternatives. */
export function valuesOfKey(placement: Placement, wanted: string): readonly string[] {
  const expressions = nodeAlternatives(placement).flat()
  return expressions.flatMap(({ key, operator, values }) => (key === wanted && operator === 'In' ? values : []))
}

/** Whether a label of this value satisfies the expression, by the scheduler's rules; a strange operator counts as yes. */
export function satisfies({ operator, values }: NodeExpression, value: string): boolean {
  switch (operator) {
    case 'In':
      return values.includes(value)
    case 'NotIn':
      return !values.includes(value)
    case 'DoesNotExist':
      return false
    case 'Gt':
      return !(Number(value) <= Number(values[0]))
    case 'Lt':
      return !(Number(value) >= Number(values[0]))
    default:
      return true
  }
}

/** Whether a node without the label does not satisfy the expression. */
export const wantsLabel = ({ operator }: NodeExpression): boolean => ['In', 'Exists', 'Gt', 'Lt'].includes(operator)

/**
 * The key by which no node can satisfy the pod, whatever its labels are, as when nodeSelector and affinity ask for
 * different values; `undefined` if a node may. Of several alternatives it is the key of the first.
 */
export function contradiction(placement: Placement): string | undefined {
  const keys = nodeAlternatives(placement).map(contradictoryKey)
  return keys.includes(undefined) ? undefined : (keys[0] ?? 'nodeSelectorTerms')
}

function contradictoryKey(expressions: NodeAlternative): string | undefined {
  const byKey = Map.groupBy(expressions, ({ key }) => key)
  return [...byKey].find(([, ofKey]) => isContradictory(ofKey))?.[0]
}

function isContradictory(ofKey: readonly NodeExpression[]): boolean {
  if (ofKey.some(({ operator }) => operator === 'DoesNotExist') && ofKey.some(wantsLabel)) return true
  const asked = ofKey.find(({ operator }) => operator === 'In')?.values
  return asked !== undefined && !asked.some((value) => ofKey.every((expression) => satisfies(expression, value)))
}
