import { at, type JsonObject, listAt } from '../src/kubernetes/json.ts'
import type { Edit, EditPath, Json } from './edit.ts'
import type { ContainerView } from './pod-view.ts'

export const containerPath = ({ list, index }: ContainerView, ...rest: EditPath): EditPath => [
  'spec',
  list,
  index,
  ...rest,
]

/** The container itself, for what the view leaves out. */
export const rawContainer = (object: JsonObject, { list, index }: ContainerView): unknown =>
  listAt(object, 'spec', list)[index]

/** Puts a value where something may stand that is no decision of the user's. */
export const put = (path: EditPath, standing: unknown, value: Json): Edit => ({
  kind: standing === undefined || standing === null ? 'set' : 'replace',
  path,
  value,
})

/** Sets an annotation or a label; the caller knows that there is none of the name. */
export const setText = (map: 'annotations' | 'labels', name: string, value: string): Edit => ({
  kind: 'set',
  path: ['metadata', map, name],
  value,
})

/** The value of `spec.NAME` as it stands. */
export const specAt = (object: JsonObject, name: string): unknown => at(object, 'spec', name)
