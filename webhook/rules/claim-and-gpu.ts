import { gpuRequestsOf } from '../gpu-request.ts'
import { defineRule } from '../rule.ts'

export const claimAndGpu = defineRule({
  id: 'claim-and-gpu',
  doc: 'The pod has a resource claim beside `nvidia.com/gpu`. If the claim is for GPUs too, driver and device plugin may give out one GPU twice.',
  severity: 'advice',
  check({ pod }) {
    const requests = [...pod.containers, ...pod.initContainers].flatMap(gpuRequestsOf)
    const plugin = requests.find(({ kind }) => kind !== 'claims')
    if (pod.resourceClaims.length === 0 || plugin === undefined) return []
    return ['it asks for nvidia.com/gpu and has a resource claim; use one of them unless the claim is no GPU']
  },
})
