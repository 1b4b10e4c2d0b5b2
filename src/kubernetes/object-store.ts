import type { ListReader } from './list.ts'
import { metaOf, type ObjectMeta } from './object-meta.ts'

/** `object` of `deleted` is the last version known. */
export type Change<T> =
  | { readonly kind: 'added'; readonly key: string; readonly object: T }
  | { readonly kind: 'modified'; readonly key: string; readonly object: T; readonly previous: T }
  | { readonly kind: 'deleted'; readonly key: string; readonly object: T }

export interface ObjectStoreOptions<T> {
  /** `undefined` = of no interest: as if the object were not there. May throw: unreadable. */
  readonly parse: (object: unknown) => T | undefined
  /** Objects beyond it are left out: not kept and not in changes. What is kept stays. */
  readonly maxObjects: number
  /** An object that `parse` threw for, or that has no name (`key` is then unknown). */
  readonly onUnreadable: (key: string | undefined, cause: unknown) => void
}

/** The next content of a store; what it is given changes nothing until `replace`. */
export interface Replacement<T> extends ListReader {
  readonly entries: ReadonlyMap<string, Entry<T>>
  readonly complete: boolean
}

interface Entry<T> {
  readonly uid: string
  readonly resourceVersion: string
  readonly object: T
}

/**
 * The objects known, and the one place where changes come from: replayed in order from nothing, the changes give the
 * content. An object that became unreadable stays as it was last read, unless its name went to another object.
 */
export class ObjectStore<T> {
  readonly #options: ObjectStoreOptions<T>
  #entries = new Map<string, Entry<T>>()
  #complete = true

  constructor(options: ObjectStoreOptions<T>) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** False while objects are left out because of `maxObjects`; true again after a replacement that had room for all. */
  get complete(): boolean {
    return this.#complete
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.object
  }

  objects(): readonly T[] {
    return [...this.#entries.values()].map(({ object }) => object)
  }

  put(meta: ObjectMeta, object: unknown): readonly Change<T>[] {
    const known = this.#entries.get(meta.key)
    const entry = this.#read(meta, object)
    if (entry === undefined) return this.remove(meta)
    if (known === undefined && this.#entries.size >= this.#options.maxObjects) {
      this.#complete = false
      return []
    }
    this.#entries.set(meta.key, entry)
    return difference(meta.key, known, entry)
  }

  remove({ key }: ObjectMeta): readonly Change<T>[] {
    const known = this.#entries.get(key)
    this.#entries.delete(key)
    return difference(key, known, undefined)
  }

  createReplacement(): Replacement<T> {
    const known = this.#entries
    const entries = new Map<string, Entry<T>>()
    let room = this.#options.maxObjects - known.size
    let complete = true
    return {
      entries,
      get complete() {
        return complete
      },
      item: (object) => {
        const meta = metaOf(object)
        if (meta === undefined) return this.#options.onUnreadable(undefined, new Error('no name, uid or version'))
        const entry = this.#read(meta, object)
        if (entry === undefined) return
        // Known objects always fit; were room given in the order of the list, a known one could look deleted.
        if (!known.has(meta.key) && room-- <= 0) complete = false
        else entries.set(meta.key, entry)
      },
    }
  }

  /** Takes over a list; changes are its differences, deletions first. */
  replace({ entries, complete }: Replacement<T>): readonly Change<T>[] {
    const before = this.#entries
    this.#entries = new Map(entries)
    this.#complete = complete
    const deleted = [...before].filter(([key]) => !entries.has(key))
    return [
      ...deleted.flatMap(([key, known]) => difference(key, known, undefined)),
      ...[...entries].flatMap(([key, entry]) => difference(key, before.get(key), entry)),
    ]
  }

  #read({ key, uid, resourceVersion }: ObjectMeta, raw: unknown): Entry<T> | undefined {
    const known = this.#entries.get(key)
    const isSame = known?.uid === uid
    if (isSame && known.resourceVersion === resourceVersion) return known
    try {
      const object = this.#options.parse(raw)
      return object === undefined ? undefined : { uid, resourceVersion, object }
    } catch (cause) {
      this.#options.onUnreadable(key, cause)
      return isSame ? known : undefined
    }
  }
}

function difference<T>(key: string, known: Entry<T> | undefined, next: Entry<T> | undefined): readonly Change<T>[] {
  if (known === undefined) return next === undefined ? [] : [{ kind: 'added', key, object: next.object }]
  if (next === undefined) return [{ kind: 'deleted', key, object: known.object }]
  if (known.uid !== next.uid)
    return [
      { kind: 'deleted', key, object: known.object },
      { kind: 'added', key, object: next.object },
    ]
  if (known.resourceVersion === next.resourceVersion) return []
  return [{ kind: 'modified', key, object: next.object, previous: known.object }]
}
