import { brief, count, gib } from '../finding-text.ts'
import { largestGpu, modelMemory as memoryOf } from '../model-memory.ts'
import { defineRule } from '../rule.ts'
import { known, wholeLine } from '../server-line.ts'

export const modelMemory = defineRule({
  id: 'model-memory',
  doc: 'Weights and the KV cache of one sequence of `--max-model-len` do not fit into `--gpu-memory-utilization` of the GPUs, for models whose shape is known, on the largest GPUs that the pod allows. Use more GPUs, a shorter length or a smaller dtype.',
  severity: 'advice',
  check({ pod, vllm, settings: { catalogue } }) {
    const line = wholeLine(vllm)
    const memory = memoryOf(vllm, pod)
    const gpu = largestGpu(pod, vllm, catalogue)
    if (line === undefined || memory === undefined || gpu === undefined) return []
    const share = known(line.settings.gpuMemoryUtilization)?.value
    const reserved = known(line.settings.kvCacheMemoryBytes)
    // With --kv-cache-memory-bytes the share counts for nothing (vLLM 0.32 v1/worker/gpu_worker.py determine_available_memory).
    if (share === undefined || reserved === undefined || reserved.value !== undefined) return []
    const { name, use, weightBytes, sequence } = memory
    const budget = gpu.bytes * share
    if (weightBytes + (sequence?.bytes ?? 0) <= budget) return []
    const gpus = use.engineGpus
    const cache = sequence === undefined ? '' : ` + ${gib(sequence.bytes * gpus)} KV of ${sequence.tokens} tokens`
    const offer = `${gib(budget * gpus)} of ${count(gpus, 'GPU')} (${gpu.type.type})`
    return [`${brief(name, 24)}: ${gib(weightBytes * gpus)} weights${cache} > ${offer}`]
  },
})
