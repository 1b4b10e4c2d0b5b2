import { cp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { partFolder } from '../cache.ts'
import { goModuleFolder, goPart } from './go-part.ts'

const module = 'sigs.k8s.io/kwok'
const id = { name: 'kwok', version: 'v0.8.0' }

/** What happens to a node and to a pod, and when: kwok's own quick set. */
const stages = [
  'kustomize/stage/node/fast/node-initialize.yaml',
  'kustomize/stage/node/heartbeat/node-heartbeat.yaml',
  'kustomize/stage/pod/fast/pod-ready.yaml',
  'kustomize/stage/pod/fast/pod-complete.yaml',
  'kustomize/stage/pod/fast/pod-delete.yaml',
]

export const kwok = goPart({
  ...id,
  module,
  path: '/cmd/kwok',
  proves: 'nodes that look like GPU instances of EKS, and pods that become ready on them',
  check: ['--version'],
  async alsoInstall(folder) {
    const from = await goModuleFolder(module)
    for (const stage of stages) await cp(join(from, stage), join(folder, basename(stage)))
  },
})

/** Files for kwok's --config. */
export function kwokStages(cache: string): readonly string[] {
  return stages.map((stage) => join(partFolder(cache, id), basename(stage)))
}
