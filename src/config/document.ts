import { LineCounter, parseDocument } from 'yaml'
import type { Field, Parsed } from './field.ts'
import { showRaw } from './source.ts'
import { suggest } from './suggest.ts'
import type { Problem } from '../errors.ts'

/** A value inside a document: where it stands, what stands there (`undefined` = nothing), and where to report. */
export interface Place {
  /** For people: `endpoints.yaml:pools[0].name`. */
  readonly path: string
  /** Comes between `path` and the name of a child. */
  readonly separator: ':' | '.'
  readonly raw: unknown
  readonly problems: Problem[]
}

/** The root of a YAML (so also JSON) text. `undefined` if it cannot be parsed; why is added to `problems`. */
export function openDocument(name: string, text: string, problems: Problem[]): Place | undefined {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  for (const { pos, message } of document.errors)
    problems.push({
      path: `${name}:${lines.linePos(pos[0]).line}`,
      value: 'broken YAML',
      expected: `YAML 1.2 (${message})`,
    })
  if (document.errors.length > 0) return undefined
  try {
    return { path: name, separator: ':', raw: document.toJS({ maxAliasCount: MAX_ALIASES }), problems }
  } catch (error) {
    // An alias without anchor, or aliases that multiply ("billion laughs").
    const why = error instanceof Error ? error.message : String(error)
    problems.push({ path: name, value: 'broken YAML', expected: `aliases that resolve (${why})` })
    return undefined
  }
}

const MAX_ALIASES = 100

export function report(place: Place, expected: string, value = showRaw(place.path, place.raw)): void {
  place.problems.push({ path: place.path, value, expected })
}

/** Whether the place is a mapping; keys that are not allowed are reported. */
export function isMapping(place: Place, allowed: readonly string[]): boolean {
  if (!isObject(place.raw)) {
    report(place, `a mapping with ${allowed.join(', ')}`)
    return false
  }
  for (const key of Object.keys(place.raw))
    if (!allowed.includes(key))
      report(childOf(place, key), suggest(`one of ${allowed.join(', ')}`, key, allowed), 'an unknown key')
  return true
}

export function childOf(place: Place, key: string): Place {
  const raw = isObject(place.raw) && Object.hasOwn(place.raw, key) ? place.raw[key] : undefined
  return { ...place, path: `${place.path}${place.separator}${key}`, separator: '.', raw }
}

/** The entries of a list, none (and a problem) if it is something else or longer than `max`. */
export function itemsOf(place: Place, max = Infinity): readonly Place[] {
  if (!Array.isArray(place.raw) || place.raw.length > max) {
    report(place, max === Infinity ? 'a list, which may be empty: []' : `a list of at most ${max} entries`)
    return []
  }
  return place.raw.map((raw: unknown, index) => ({ ...place, path: `${place.path}[${index}]`, raw }))
}

/** A mapping of texts; `undefined` (and problems) if it is something else. */
export function textsOf(place: Place): Readonly<Record<string, string>> | undefined {
  if (!isObject(place.raw)) {
    report(place, 'a mapping of names to texts')
    return undefined
  }
  const texts: Record<string, string> = {}
  let complete = true
  for (const key of Object.keys(place.raw)) {
    const text = readAs(childOf(place, key), anyText)
    if (text === undefined) complete = false
    else texts[key] = text
  }
  return complete ? texts : undefined
}

/** The value as `parse` understands it; `undefined` (and a problem) if it does not. */
export function readAs<T>(place: Place, parse: (raw: unknown) => Parsed<T>): T | undefined {
  const parsed = parse(place.raw)
  if (parsed.ok) return parsed.value
  report(place, parsed.expected)
  return undefined
}

/** The same under a key that may be missing. */
export function readOptional<T>(place: Place, key: string, field: Pick<Field<T>, 'parse'>): T | undefined {
  const child = childOf(place, key)
  return child.raw === undefined ? undefined : readAs(child, field.parse)
}

const anyText = (raw: unknown): Parsed<string> =>
  typeof raw === 'string' ? { ok: true, value: raw } : { ok: false, expected: 'a text (numbers in quotes)' }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
