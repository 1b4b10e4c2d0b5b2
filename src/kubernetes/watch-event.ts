import { at, parseJson, textAt } from './json.ts'
import { metaOf, type ObjectMeta } from './object-meta.ts'

/** One line of a watch (apimachinery v0.36, pkg/watch/watch.go: ADDED, MODIFIED, DELETED, BOOKMARK, ERROR). */
export type WatchEvent =
  /** The object is there in this version. */
  | { readonly kind: 'present'; readonly meta: ObjectMeta; readonly object: unknown }
  /** The object was deleted, or no longer matches the selectors. */
  | { readonly kind: 'gone'; readonly meta: ObjectMeta }
  /** All changes up to this version have been sent. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** `status` is a Status object; the watch ends with it. */
  | { readonly kind: 'error'; readonly status: unknown }
  | { readonly kind: 'unreadable'; readonly problem: string }

/** Never throws. A problem names no content: the object may be a Secret. */
export function parseWatchEvent(line: string): WatchEvent {
  const event = parseJson(line)
  if (event === undefined) return unreadable(`a line of ${line.length} characters that is not JSON`)
  const type = textAt(event, 'type')
  const object = at(event, 'object')
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const meta = metaOf(object)
      if (meta === undefined) return unreadable(`${type} of an object without name, uid or resourceVersion`)
      return type === 'DELETED' ? { kind: 'gone', meta } : { kind: 'present', meta, object }
    }
    case 'BOOKMARK': {
      const resourceVersion = textAt(object, 'metadata', 'resourceVersion')
      return resourceVersion === undefined
        ? unreadable('BOOKMARK without resourceVersion')
        : { kind: 'bookmark', resourceVersion }
    }
    case 'ERROR':
      return { kind: 'error', status: object }
    default:
      return unreadable('an event of a type that is not known')
  }
}

function unreadable(problem: string): WatchEvent {
  return { kind: 'unreadable', problem }
}
