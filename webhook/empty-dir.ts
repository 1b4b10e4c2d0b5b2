import { containerPath } from './container-edits.ts'
import type { Edit } from './edit.ts'
import { nothing, type Part, warning } from './part.ts'
import type { ContainerView, PodView } from './pod-view.ts'

export interface EmptyDir {
  readonly name: string
  /** Where the container sees it. */
  readonly path: string
  readonly medium?: 'Memory'
  readonly sizeLimit?: string
}

/** Gives the container an emptyDir of its own, unless something is mounted at the path. */
export function mountEmptyDir(id: string, pod: PodView, container: ContainerView, wanted: EmptyDir): Part {
  const { name, path, medium, sizeLimit } = wanted
  if (mountAt(container, path)) return nothing
  const standing = pod.volumes.find((volume) => volume.name === name)
  if (standing !== undefined && (standing.kind !== 'emptyDir' || standing.medium !== medium))
    return warning(id, `the pod has a volume ${name} of another kind, so ${path} is not mounted`)
  const emptyDir = { ...(medium !== undefined && { medium }), ...(sizeLimit !== undefined && { sizeLimit }) }
  const volume: Edit = { kind: 'append', path: ['spec', 'volumes'], value: { name, emptyDir } }
  const mount: Edit = {
    kind: 'append',
    path: containerPath(container, 'volumeMounts'),
    value: { name, mountPath: path },
  }
  return { edits: standing === undefined ? [volume, mount] : [mount], warnings: [] }
}

/** Whether something is mounted at the path itself. */
const mountAt = ({ mounts }: ContainerView, path: string): boolean =>
  mounts.some((mount) => mount.path.replace(/\/+$/, '') === path)

/** Whether the path lies on a volume, mounted there or above. */
export const isOnVolume = ({ mounts }: ContainerView, path: string): boolean =>
  mounts.some((mount) => `${path}/`.startsWith(`${mount.path.replace(/\/+$/, '')}/`))
