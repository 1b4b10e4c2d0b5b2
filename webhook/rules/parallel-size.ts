import { brief, count } from '../finding-text.ts'
import { gpuUse } from '../gpu-use.ts'
import { defineRule } from '../rule.ts'
import type { VllmPod } from '../recognize.ts'

export const parallelSize = defineRule({
  id: 'parallel-size',
  doc: 'Tensor x pipeline x local data parallel size needs more GPUs than the container has, so vLLM ends at start. Not said of Ray, several nodes (`--nnodes`, LeaderWorkerSet) or data parallel ranks elsewhere.',
  severity: 'refuse',
  check({ pod, vllm }) {
    const has = devicesOf(vllm)
    const use = gpuUse(vllm, pod)
    if (has === undefined || use === undefined) return []
    const { tensor, pipeline, engineGpus, localEngines = 1 } = use
    const needed = engineGpus * localEngines
    if (needed <= has) return []
    const prefill = engineGpus / (tensor * pipeline)
    const factors = [
      `TP ${tensor}`,
      `PP ${pipeline}`,
      ...(prefill > 1 ? [`PCP ${prefill}`] : []),
      ...(localEngines > 1 ? [`local DP ${localEngines}`] : []),
    ]
    return [
      `${factors.join(' x ')} takes ${count(needed, 'GPU')}, container ${brief(vllm.container.name, 24)} has ${has}`,
    ]
  },
})

/** What CUDA shows the container; unknown with a claim, and where a variable overrides the device plugin. */
function devicesOf({ container, gpus }: VllmPod): number | undefined {
  if (container.env.some(({ name }) => name === 'NVIDIA_VISIBLE_DEVICES')) return undefined
  let devices = 0
  for (const request of gpus) {
    if (request.kind === 'claims' || !Number.isInteger(request.count)) return undefined
    devices += request.count
  }
  return devices
}
