import { brief } from '../finding-text.ts'
import { gpuUse } from '../gpu-use.ts'
import { defineRule } from '../rule.ts'

export const shm = defineRule({
  id: 'shm',
  doc: 'Several GPU workers share memory at `/dev/shm`, of which a container has 64 MiB unless something is mounted there. Mount an emptyDir with `medium: Memory`.',
  severity: 'advice',
  check({ pod, vllm }) {
    const use = gpuUse(vllm, pod)
    if (use === undefined || use.engineGpus < 2 || vllm.container.mounts.some(isShm)) return []
    const size = use.tensor > 1 ? `TP ${use.tensor}` : `${use.engineGpus} GPUs`
    return [`${size} and no volume at /dev/shm of container ${brief(vllm.container.name, 24)}; it has 64 MiB`]
  },
})

const isShm = ({ path }: { readonly path: string }): boolean => path.replace(/\/+$/, '') === '/dev/shm'
