import { featureSupport } from '../../src/eks/feature-support.ts'
import { cite } from '../finding-text.ts'
import { defineRule } from '../rule.ts'

export const draUnsupported = defineRule({
  id: 'dra-unsupported',
  doc: 'The GPUs of the vLLM container come by a resource claim, and the platform has no driver that would allocate it. Ask for `nvidia.com/gpu`.',
  severity: 'refuse',
  check({ vllm, settings: { platform } }) {
    const [row, ...others] = featureSupport(platform, 'dra')
    const isClaim = vllm.gpus.length > 0 && vllm.gpus.every(({ kind }) => kind === 'claims')
    if (!isClaim || row === undefined || [row, ...others].some(({ support }) => support !== 'no')) return []
    return [`${platform} allocates no claims (${cite(row)}); ask for nvidia.com/gpu`]
  },
})
