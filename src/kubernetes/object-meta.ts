import { textAt } from './json.ts'

/** What tells one object, and one version of it, from another. */
export interface ObjectMeta {
  /** `namespace/name`, or `name` alone where there is no namespace. */
  readonly key: string
  /** Another one means another object, though the name be the same. */
  readonly uid: string
  /** Only for being equal or not. */
  readonly resourceVersion: string
}

/** `undefined` for what is no object of the API: each has name, uid and version. */
export function metaOf(object: unknown): ObjectMeta | undefined {
  const name = textAt(object, 'metadata', 'name')
  const namespace = textAt(object, 'metadata', 'namespace')
  const uid = textAt(object, 'metadata', 'uid')
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion')
  if (name === undefined || uid === undefined || resourceVersion === undefined) return undefined
  return { key: namespace === undefined ? name : `${namespace}/${name}`, uid, resourceVersion }
}
