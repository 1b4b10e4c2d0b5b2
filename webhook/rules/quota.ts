import { fit } from '../../src/eks/fit.ts'
import { quotas } from '../../src/eks/platforms.ts'
import { valuesOfKey } from '../node-constraints.ts'
import { nodeChoice } from '../node-choice.ts'
import { podNeeds, withArch } from '../pod-resources.ts'
import { defineRule } from '../rule.ts'

export const quota = defineRule({
  id: 'quota',
  doc: 'Every type that fits has more vCPUs than the on-demand quota that accounts were seen with; while it is not raised the pod waits and little tells why.',
  severity: 'advice',
  check({ pod, vllm, settings: { catalogue, platform } }) {
    const { types, open } = nodeChoice(pod, catalogue)
    // Reserved and spot capacity have quotas of their own.
    const capacity = [
      ...valuesOfKey(pod, 'karpenter.sh/capacity-type'),
      ...valuesOfKey(pod, 'eks.amazonaws.com/capacityType'),
    ]
    if (open || capacity.some((one) => one.toLowerCase() !== 'on-demand' && one !== 'ON_DEMAND')) return []
    if (!vllm.gpus.every(({ kind }) => kind === 'gpus')) return []
    const found = fit(catalogue, withArch(podNeeds(pod), pod), { platform, types: types.map(({ type }) => type) })
    if (found.kind !== 'fits') return []
    const over = found.types.map(({ vCpus, category }) =>
      quotas.find(({ categories, observedVCpus }) => categories.includes(category) && vCpus > observedVCpus),
    )
    const [first] = over
    if (first === undefined || over.includes(undefined)) return []
    const { type, vCpus } = found.cheapest
    return [
      `${type} has ${vCpus} vCPUs; quota "${first.name}" is ${first.defaultVCpus} to ${first.observedVCpus} unless raised`,
    ]
  },
})
