import { parseQuantity } from '../../src/kubernetes/quantity.ts'
import { specAt } from '../container-edits.ts'
import { mountEmptyDir } from '../empty-dir.ts'
import { defineMutation, unneeded } from '../mutation.ts'
import { outcomeOf } from '../part.ts'

const id = 'shm'

/** NCCL and the workers of one engine share memory there; a container runtime gives it 64 MiB (vllm docs/deployment/docker.md). */
const path = '/dev/shm'

export const shm = defineMutation({
  id,
  doc:
    'A memory-backed emptyDir at `/dev/shm` of the vLLM container, where nothing is mounted yet. What is written there ' +
    'counts against its memory limit.',
  optIn: {
    annotation: 'shm',
    values: '`enabled` (as large as the memory limit allows) or a size such as `8Gi`',
    check: (value) =>
      value === 'enabled' || (parseQuantity(value) ?? 0) >= 1 ? undefined : 'expected enabled or a size such as 8Gi',
  },
  apply({ pod, object, vllm: { container }, option }) {
    if (specAt(object, 'hostIPC') === true) return unneeded
    const size = option === 'enabled' ? {} : { sizeLimit: option }
    return outcomeOf([mountEmptyDir(id, pod, container, { name: 'warmpath-shm', path, medium: 'Memory', ...size })])
  },
})
