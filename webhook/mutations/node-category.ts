import { type Alternative, alternativesFor, withoutOrder } from '../node-alternatives.ts'
import type { Edit, EditPath, Json } from '../edit.ts'
import { type LiveTerm, liveTerms, poolOf, stanceOf } from '../node-stance.ts'
import { defineMutation, type MutationOutcome, unneeded } from '../mutation.ts'
import { leave, outcomeOf, quoted, warning } from '../part.ts'
import type { NodeExpression, PodView } from '../pod-view.ts'

const id = 'node-category'

/**
 * Terms of a required node affinity that we would make at most. Karpenter tries them one after the other and drops the
 * first that fails (karpenter v1.14 pkg/controllers/provisioning/scheduling/preferences.go), so each is a round of it.
 */
const maxTerms = 32

export const nodeCategory = defineMutation({
  id,
  doc:
    'Sends the pod to nodes of `--category` (or `--families`, in their order) by a required node affinity, unless the pod ' +
    'names instance types itself. Pods whose GPUs come by a claim are left to their claim.',
  apply({ pod, vllm, settings }) {
    // The driver and the claim's own selectors choose the node of a claim.
    if (vllm.gpus.every(({ kind }) => kind === 'claims')) return unneeded
    const stance = stanceOf(pod, settings)
    if (stance.kind === 'agrees') return unneeded
    if (stance.kind === 'contradicts')
      return leave(id, `its ${stance.what} allows no type of category ${settings.category}`)
    const obstacle = obstacleOf(pod)
    if (obstacle !== undefined) return leave(id, `${obstacle}, so no selector is added`)
    const alternatives = alternativesFor(pod, settings)
    if (alternatives.length === 0)
      return leave(id, `no ${settings.category} type for node groups has the GPUs that it asks for`)
    return spread(alternatives, liveTerms(pod))
  },
})

/** Where the pod goes is decided by other means. */
function obstacleOf(pod: PodView): string | undefined {
  const { nodeName, schedulerName, nodeTerms = [] } = pod
  if (nodeName !== undefined) return `the pod is bound to the node ${quoted(nodeName)}`
  if (schedulerName !== undefined && schedulerName !== 'default-scheduler')
    return `the scheduler ${quoted(schedulerName)} decides`
  const pool = poolOf(pod)
  if (pool !== undefined) return `it names its nodes by ${quoted(pool)}`
  // Karpenter ignores such a pod (karpenter v1.14 pkg/controllers/provisioning/provisioner.go validateNodeSelectorTerm).
  if (nodeTerms.some(({ hasFields }) => hasFields)) return 'its node affinity names nodes by matchFields'
  if (nodeTerms.length > 0 && liveTerms(pod).length === 0) return 'its node affinity matches no node'
  return undefined
}

// Affinity and not nodeSelector: a selector has one value for a key and no OR, and the terms of an affinity are ORed, so
// that a requirement holds only if it stands in every term (k8s.io/api v0.36 core/v1 types.go NodeSelector).
function spread(alternatives: readonly Alternative[], terms: readonly LiveTerm[]): MutationOutcome {
  const rows = Math.max(1, terms.length)
  const fits = rows * alternatives.length <= maxTerms
  const used = fits ? alternatives : withoutOrder(alternatives)
  const [first, ...others] = used
  if (first === undefined || (others.length > 0 && rows * used.length > maxTerms))
    return leave(id, `its ${rows} node affinity terms would become more than ${maxTerms}`)
  const edits =
    terms.length === 0
      ? used.map((one) => newTerm([one]))
      : [
          ...terms.map(({ index }) => addition([...termsPath, index, 'matchExpressions'], expressionOf(first))),
          ...others.flatMap((one) => terms.map(({ expressions }) => newTerm([...expressions, one]))),
        ]
  const lost = warning(id, `the order of the families is lost: their terms would be more than ${maxTerms}`)
  return outcomeOf([{ edits, warnings: fits ? [] : lost.warnings }])
}

const termsPath: EditPath = [
  'spec',
  'affinity',
  'nodeAffinity',
  'requiredDuringSchedulingIgnoredDuringExecution',
  'nodeSelectorTerms',
]

const newTerm = (expressions: readonly (NodeExpression | Alternative)[]): Edit =>
  addition(termsPath, { matchExpressions: expressions.map(expressionOf) })

const addition = (path: EditPath, value: Json): Edit => ({ kind: 'append', path, value })

function expressionOf(one: NodeExpression | Alternative): Json {
  const operator = 'operator' in one ? one.operator : 'In'
  return { key: one.key, operator, ...(one.values.length > 0 && { values: one.values }) }
}
