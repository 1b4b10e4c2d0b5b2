import { findModel } from '../../src/eks/models.ts'
import { brief, count, gib } from '../finding-text.ts'
import { largestGpu, modelMemory } from '../model-memory.ts'
import type { VllmPod } from '../recognize.ts'
import { defineRule } from '../rule.ts'
import { known, wholeLine } from '../server-line.ts'

export const modelWeights = defineRule({
  id: 'model-weights',
  doc: 'The weights of a published model alone are larger than the whole memory of the GPUs that they are split over, on the largest GPUs that the pod allows.',
  severity: 'refuse',
  check({ pod, vllm, settings: { catalogue } }) {
    const memory = isPublished(vllm) ? modelMemory(vllm, pod) : undefined
    const gpu = largestGpu(pod, vllm, catalogue)
    if (memory === undefined || gpu === undefined || memory.weightBytes <= gpu.bytes) return []
    const { name, use, weightBytes } = memory
    const gpus = use.engineGpus * (use.engines ?? 1)
    const offer = `${gib(gpu.bytes * gpus)} of ${count(gpus, 'GPU')} (${gpu.type.type})`
    return [`${brief(name, 34)}: ${gib(weightBytes * gpus)} of weights > ${offer}`]
  },
})

/** Under the publisher's own name, at no revision of another precision; what else has the name may be another checkpoint. */
function isPublished(vllm: VllmPod): boolean {
  const line = wholeLine(vllm)
  const id = line === undefined ? undefined : known(line.model)?.value
  if (line === undefined || id === undefined || line.unknownFlags.length > 0) return false
  const revision = known(line.settings.revision)
  const isMain = revision !== undefined && (revision.value ?? 'main') === 'main'
  return isMain && findModel(id)?.shape.id.split('/')[0] === id.split('/')[0] && id.split('/').length === 2
}
