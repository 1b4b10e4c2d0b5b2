import { liveTerms } from './node-stance.ts'
import type { NodeExpression, PodView } from './pod-view.ts'

/**
 * Whether the pod may land on a spot node, which ends two minutes after its notice. Only the pod's own words can rule it
 * out; what node pools and node groups offer is not known here.
 */
export function allowsSpot(pod: PodView): boolean {
  const selector = Object.entries(pod.nodeSelector).map(([key, value]): NodeExpression => ({
    key,
    operator: 'In',
    values: [value],
  }))
  const terms = liveTerms(pod)
  return (
    !selector.some(excludesSpot) && (terms.length === 0 || !terms.every((term) => term.expressions.some(excludesSpot)))
  )
}

function excludesSpot({ key, operator, values }: NodeExpression): boolean {
  const spot = spotValues.get(key)
  if (spot === undefined) return false
  return (operator === 'In' && !values.includes(spot)) || (operator === 'NotIn' && values.includes(spot))
}

/** awsdocs/amazon-eks-user-guide automode/create-node-pool and managed-node-groups, 2024-12. */
const spotValues: ReadonlyMap<string, string> = new Map([
  ['karpenter.sh/capacity-type', 'spot'],
  ['eks.amazonaws.com/capacityType', 'SPOT'],
])
