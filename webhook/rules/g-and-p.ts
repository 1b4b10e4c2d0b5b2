import { fit } from '../../src/eks/fit.ts'
import { quotas } from '../../src/eks/platforms.ts'
import { nodeChoice } from '../node-choice.ts'
import { instanceFact, nodeKeys } from '../node-constraints.ts'
import { podNeeds, withArch } from '../pod-resources.ts'
import { defineRule } from '../rule.ts'

export const gAndP = defineRule({
  id: 'g-and-p',
  doc: 'The pod may run on instances of the categories g and p, and Karpenter takes the cheapest, so g first, against another quota. Name one category.',
  severity: 'advice',
  check({ pod, vllm, settings: { catalogue, platform } }) {
    const { types, open } = nodeChoice(pod, catalogue)
    // Node groups are made by hand, and a node pool that is named decides for itself.
    if (open || platform === 'node-groups' || [...nodeKeys(pod)].some((key) => !isGeneral(key))) return []
    if (!vllm.gpus.every(({ kind }) => kind === 'gpus') || pod.nodeTerms?.some(({ hasFields }) => hasFields)) return []
    const found = fit(catalogue, withArch(podNeeds(pod), pod), { platform, types: types.map(({ type }) => type) })
    if (found.kind !== 'fits') return []
    const { category, type } = found.cheapest
    const quota = quotas.find(({ categories }) => categories.includes(category))
    const other = found.types.map((one) => quotas.find(({ categories }) => categories.includes(one.category)))
    const p = other.find((one) => one !== undefined && one !== quota)
    if (category === 'p' || quota === undefined || p === undefined) return []
    const numbers = `${quota.observedVCpus} vCPUs of g, ${p.observedVCpus} of p seen`
    return [`${type} is taken before any of category p; new accounts have low quotas (${numbers})`]
  },
})

/** Keys that leave the choice of the instance to Karpenter. */
const isGeneral = (key: string): boolean =>
  instanceFact(key) !== undefined ||
  ['topology.kubernetes.io/zone', 'karpenter.sh/capacity-type', 'kubernetes.io/os'].includes(key)
