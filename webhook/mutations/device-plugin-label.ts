import { platformsIn } from '../../src/eks/platforms.ts'
import { setText } from '../container-edits.ts'
import { defineMutation, unneeded } from '../mutation.ts'
import { editing, leave, outcomeOf, quoted } from '../part.ts'

const id = 'device-plugin-label'

/**
 * The GPU Operator reads it on nodes only (gpu-operator v26.7.0 assets/state-device-plugin/0500_daemonset.yaml
 * nodeSelector); on pods it marks which ones rely on the device plugin that Auto Mode has built in. As a nodeSelector it
 * would keep the pod pending: Karpenter refuses labels that no node pool defines (karpenter v1.14
 * pkg/scheduling/requirements.go Compatible).
 */
const label = 'nvidia.com/gpu.deploy.device-plugin'

export const devicePluginLabel = defineMutation({
  id,
  doc: 'On Auto Mode, the label `nvidia.com/gpu.deploy.device-plugin: "false"` on the pod: it relies on the built-in device plugin.',
  apply({ pod, settings }) {
    if (!platformsIn(settings.platform).includes('auto-mode')) return unneeded
    const standing = pod.labels[label]
    if (standing === 'false') return unneeded
    if (standing !== undefined) return leave(id, `its own label ${label} is ${quoted(standing)} and stays`)
    return outcomeOf([editing(setText('labels', label, 'false'))])
  },
})
