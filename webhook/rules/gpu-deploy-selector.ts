import { brief } from '../finding-text.ts'
import { nodeAlternatives, wantsLabel } from '../node-constraints.ts'
import { defineRule } from '../rule.ts'

export const gpuDeploySelector = defineRule({
  id: 'gpu-deploy-selector',
  doc: 'The pod selects nodes by `nvidia.com/gpu.deploy.*`, labels by which the GPU Operator places its own pods. Karpenter makes no node for a label that no node pool defines.',
  severity: 'advice',
  check({ pod }) {
    const keys = nodeAlternatives(pod).map((expressions) => expressions.filter(wantsLabel).find(isOperand)?.key)
    const [first] = keys
    if (first === undefined || keys.includes(undefined)) return []
    return [`selects nodes by ${brief(first, 48)}, which node pools seldom define`]
  },
})

/** gpu-operator v26.7.0 assets/state-device-plugin/0500_daemonset.yaml nodeSelector. */
const isOperand = ({ key }: { readonly key: string }): boolean => key.startsWith('nvidia.com/gpu.deploy.')
