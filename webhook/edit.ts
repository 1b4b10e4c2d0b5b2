import jsonPatch, { type Operation } from 'fast-json-patch'
import { isObject, type JsonObject } from '../src/kubernetes/json.ts'
import { WarmpathError } from '../src/errors.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Names of members and indexes of lists, from the root of the object. */
export type EditPath = readonly (string | number)[]

/** One change. Parents that are missing are made, never replaced. */
export type Edit =
  /** Adds to the end of a list, which is made when absent. */
  | { readonly kind: 'append'; readonly path: EditPath; readonly value: Json }
  /** Puts a value where nothing stands. */
  | { readonly kind: 'set'; readonly path: EditPath; readonly value: Json }
  /** Puts a value in the place of another; only for what the user's own value is a part of. */
  | { readonly kind: 'replace'; readonly path: EditPath; readonly value: Json }

export interface Edited {
  readonly object: JsonObject
  /** RFC 6902; applies to the object that was given. */
  readonly patch: readonly Operation[]
}

/**
 * Applies edits one after the other; what they do not touch is shared with the object given. Throws EDIT_IMPOSSIBLE when
 * an edit meets something that it would have to destroy.
 */
export function applyEdits(object: JsonObject, edits: readonly Edit[]): Edited {
  let current = object
  const patch: Operation[] = []
  for (const edit of edits) {
    const step = applyEdit(current, edit)
    current = step.object
    patch.push(...step.patch)
  }
  return { object: current, patch }
}

/**
 * A copy with the patch applied by the library, not by the code that made it; it shares what no path of the patch leads
 * through. Throws PATCH_BROKEN if it does not apply.
 */
export function applyPatch(object: JsonObject, patch: readonly Operation[]): JsonObject {
  const copy = patch.reduce((whole, { path }) => withFreshPath(whole, namesOf(path)), object)
  try {
    // The library puts the values of the patch into the document, and later operations would change them there.
    const { newDocument } = jsonPatch.applyPatch<unknown>(copy, structuredClone(patch), true, true)
    if (isObject(newDocument)) return newDocument
  } catch (cause) {
    throw new WarmpathError('PATCH_BROKEN', `Cannot apply the patch ${JSON.stringify(patch)}`, { cause })
  }
  throw new WarmpathError('PATCH_BROKEN', `Cannot apply the patch ${JSON.stringify(patch)}: it leaves no object`)
}

function withFreshPath(value: JsonObject, [name, ...rest]: readonly string[]): JsonObject {
  return name === undefined || !Object.hasOwn(value, name)
    ? { ...value }
    : { ...value, [name]: fresh(value[name], rest) }
}

function fresh(value: unknown, path: readonly string[]): unknown {
  if (isObject(value)) return withFreshPath(value, path)
  if (!Array.isArray(value)) return value
  const list: readonly unknown[] = value
  const index = Number(path[0])
  return Number.isInteger(index) && index < list.length
    ? list.with(index, fresh(list[index], path.slice(1)))
    : [...list]
}

function applyEdit(object: JsonObject, edit: Edit): Edited {
  const patch: Operation[] = []
  let here: unknown = object
  for (const [depth, step] of edit.path.slice(0, -1).entries()) {
    if (!canHold(here, step)) throw impossible(edit, `no parent at ${pointer(edit.path.slice(0, depth))}`)
    const below = childOf(here, step)
    // Go reads null as absent, and `add` over a member replaces it (RFC 6902 section 4.1).
    if (below === undefined || below === null) {
      if (typeof step === 'number') throw impossible(edit, `nothing at ${pointer(edit.path.slice(0, depth + 1))}`)
      patch.push({ op: 'add', path: pointer(edit.path.slice(0, depth + 1)), value: {} })
      here = {}
    } else here = below
  }
  const last = edit.path.at(-1)
  if (last === undefined) throw impossible(edit, 'it names no place')
  if (!canHold(here, last)) throw impossible(edit, `no parent at ${pointer(edit.path.slice(0, -1))}`)
  const standing = childOf(here, last)
  const operation = finalOperation(edit, standing)
  const value = edit.kind === 'append' ? [...listOf(standing), edit.value] : edit.value
  return { object: withValue(object, edit.path, value), patch: [...patch, operation] }
}

/** A copy along the path, with the value at its end. */
function withValue(object: JsonObject, [step, ...rest]: EditPath, value: unknown): JsonObject {
  const name = String(step)
  return { ...object, [name]: rest.length === 0 ? value : withChild(childOf(object, name), rest, value) }
}

function withChild(parent: unknown, path: EditPath, value: unknown): unknown {
  const [step, ...rest] = path
  if (!Array.isArray(parent) || typeof step !== 'number') return withValue(isObject(parent) ? parent : {}, path, value)
  const list: readonly unknown[] = parent
  return list.with(step, rest.length === 0 ? value : withChild(list[step], rest, value))
}

function finalOperation(edit: Edit, standing: unknown): Operation {
  const path = pointer(edit.path)
  const empty = standing === undefined || standing === null
  // `add` to a place in a list puts the value before what stands there (RFC 6902 section 4.1).
  if (empty && typeof edit.path.at(-1) === 'number') throw impossible(edit, 'nothing stands there')
  switch (edit.kind) {
    case 'append':
      if (empty) return { op: 'add', path, value: [edit.value] }
      if (!Array.isArray(standing)) throw impossible(edit, 'something that is no list stands there')
      return { op: 'add', path: `${path}/-`, value: edit.value }
    case 'set':
      if (!empty) throw impossible(edit, 'a value stands there')
      return { op: 'add', path, value: edit.value }
    case 'replace':
      if (standing === undefined) throw impossible(edit, 'nothing stands there')
      return { op: 'replace', path, value: edit.value }
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Whether it is a list and the step a place in it, or an object and the step a name. */
function canHold(parent: unknown, step: string | number): boolean {
  return typeof step === 'number' ? Array.isArray(parent) : isObject(parent)
}

function childOf(parent: unknown, step: string | number): unknown {
  if (Array.isArray(parent)) {
    const list: readonly unknown[] = parent
    return typeof step === 'number' ? list[step] : undefined
  }
  return isObject(parent) && typeof step === 'string' && Object.hasOwn(parent, step) ? parent[step] : undefined
}

const impossible = (edit: Edit, why: string): WarmpathError =>
  new WarmpathError('EDIT_IMPOSSIBLE', `Cannot ${edit.kind} at ${pointer(edit.path)}: ${why}`)

/** RFC 6901: `~` and `/` inside a name are escaped. */
export const pointer = (path: EditPath): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

const namesOf = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
