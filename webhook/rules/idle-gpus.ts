import { brief, count } from '../finding-text.ts'
import { gpuUse } from '../gpu-use.ts'
import { defineRule } from '../rule.ts'

export const idleGpus = defineRule({
  id: 'idle-gpus',
  doc: 'The container asks for more GPUs than tensor x pipeline x local data parallel size uses. Raise the sizes or ask for fewer.',
  severity: 'advice',
  check({ pod, vllm }) {
    const [request, ...others] = vllm.gpus
    const use = gpuUse(vllm, pod)
    // A shell script may start more than the one server that was found.
    if (request?.kind !== 'gpus' || others.length > 0 || vllm.server?.where === 'shell') return []
    if (use?.localEngines === undefined) return []
    const { tensor, pipeline, engineGpus, localEngines } = use
    const idle = request.count - engineGpus * localEngines
    if (idle < 1) return []
    const sizes = `TP ${tensor} x PP ${pipeline} x local DP ${localEngines}`
    return [
      `container ${brief(vllm.container.name, 24)} has ${count(request.count, 'GPU')}, ${sizes} leaves ${idle} idle`,
    ]
  },
})
