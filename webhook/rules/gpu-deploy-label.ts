import { platformsIn } from '../../src/eks/platforms.ts'
import { brief } from '../finding-text.ts'
import { defineRule } from '../rule.ts'

export const gpuDeployLabel = defineRule({
  id: 'gpu-deploy-label',
  doc: 'The pod carries a label `nvidia.com/gpu.deploy.*`, which the GPU Operator reads on nodes only. It belongs into the labels of the node pool.',
  severity: 'advice',
  check({ pod: { labels }, settings: { platform } }) {
    const found = Object.entries(labels).filter(([key, value]) => {
      // Our own mutation of this name puts it there.
      const isOurs = key === 'nvidia.com/gpu.deploy.device-plugin' && value === 'false'
      return key.startsWith('nvidia.com/gpu.deploy.') && !(isOurs && platformsIn(platform).includes('auto-mode'))
    })
    return found.map(([key]) => `label ${brief(key, 48)} has no effect on pods`)
  },
})
