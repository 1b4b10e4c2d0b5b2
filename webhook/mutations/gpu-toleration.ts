import type { Edit } from '../edit.ts'
import { defineMutation, unneeded } from '../mutation.ts'
import type { TolerationView } from '../pod-view.ts'

/** AWS's samples taint GPU nodes `nvidia.com/gpu=true:NoSchedule` (eks user guide, ml/ml-node-pools, 2026-08). */
const gpuTaint = 'nvidia.com/gpu'

export const gpuToleration = defineMutation({
  id: 'gpu-toleration',
  doc: 'Tolerates the taints of GPU nodes: `nvidia.com/gpu`, also for claims and MIG slices, and those of `--extra-tolerations`.',
  apply({ pod, settings }) {
    const keys = [gpuTaint, ...settings.extraTolerations].filter(
      (key) => !pod.tolerations.some((one) => covers(one, key)),
    )
    if (keys.length === 0) return unneeded
    const edits = [...new Set(keys)].map((key): Edit => ({
      kind: 'append',
      path: ['spec', 'tolerations'],
      value: { key, operator: 'Exists', effect: 'NoSchedule' },
    }))
    return { kind: 'edited', edits }
  },
})

/** Without a key, `Exists` tolerates every taint. One of the value `true` covers AWS's taint; values of others are unknown. */
function covers({ key, operator, value, effect }: TolerationView, taint: string): boolean {
  if (effect !== undefined && effect !== 'NoSchedule') return false
  if (operator === 'Exists') return key === undefined || key === taint
  return taint === gpuTaint && key === taint && value === 'true'
}
