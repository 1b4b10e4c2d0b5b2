import { formatBytes, formatDuration, parseBytes, parseDuration, parseFraction } from './units.ts'

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string }

/**
 * One option, declared once: flag, environment variable, file key, `--help` line and docs row all derive from it.
 * `parse` takes a flag or environment string, or a YAML scalar or list.
 */
export interface Field<T> {
  readonly kind: 'flag' | 'value' | 'list'
  readonly parse: (raw: unknown) => Parsed<T>
  readonly default: T
  /** How the default is shown; `undefined` defaults are shown as "none". */
  readonly unit: string
  readonly doc: string
}

export type Fields = Readonly<Record<string, Field<unknown>>>
export type ConfigOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }

interface Text {
  readonly doc: string
}
interface Ranged<D> extends Text {
  readonly default: D
  readonly min?: number
  readonly max?: number
}

const ok = <T>(value: T): Parsed<T> => ({ ok: true, value })
const bad = (expected: string): Parsed<never> => ({ ok: false, expected })

interface Kind {
  readonly unit: string
  readonly expected: string
  readonly read: (raw: unknown) => number | undefined
  /** How a bound is shown to the user. */
  readonly show?: (value: number) => string
}

function ranged<D>({ unit, expected, read, show = String }: Kind, options: Ranged<D>): Field<number | D> {
  const { default: fallback, doc, min = -Infinity, max = Infinity } = options
  const bounds = [
    ...(min > -Infinity ? [`at least ${show(min)}`] : []),
    ...(max < Infinity ? [`at most ${show(max)}`] : []),
  ]
  const parse = (raw: unknown): Parsed<number> => {
    const value = read(raw)
    if (value !== undefined && value >= min && value <= max) return ok(value)
    return bad(bounds.length === 0 ? expected : `${expected}, ${bounds.join(' and ')}`)
  }
  return { kind: 'value', parse, default: fallback, unit, doc }
}

const toNumber = (raw: unknown): number | undefined => {
  const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
const toInteger = (raw: unknown): number | undefined => {
  const value = toNumber(raw)
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined
}

export const integer = <D>(options: Ranged<D>): Field<number | D> =>
  ranged({ unit: '', expected: 'a whole number', read: toInteger }, options)
export const decimal = <D>(options: Ranged<D>): Field<number | D> =>
  ranged({ unit: '', expected: 'a number', read: toNumber }, options)
/** Milliseconds from "250ms", "4s", "2m"; a bare number is refused, so that no unit is ever guessed. */
export const duration = <D>(options: Ranged<D>): Field<number | D> =>
  ranged(
    { unit: 'ms', expected: 'a duration such as "250ms", "4s" or "2m"', read: parseDuration, show: formatDuration },
    options,
  )
/** Bytes from "64Ki", "20Mi", "1G" or a plain count. */
export const bytes = <D>(options: Ranged<D>): Field<number | D> =>
  ranged({ unit: 'bytes', expected: 'a size such as "64Ki" or "20Mi"', read: parseBytes, show: formatBytes }, options)
/** 0..1 from "90%" or 0.9. */
export const fraction = <D>(options: Ranged<D>): Field<number | D> =>
  ranged({ unit: '', expected: 'a fraction such as 0.9 or "90%"', read: parseFraction }, { min: 0, max: 1, ...options })
export const port = (options: Text & { readonly default: number }): Field<number> =>
  ranged(
    { unit: '', expected: 'a port number (0 = any free port)', read: toInteger },
    { min: 0, max: 65_535, ...options },
  )

export function text<D>({ default: fallback, doc }: Text & { readonly default: D }): Field<string | D> {
  const parse = (raw: unknown): Parsed<string> =>
    typeof raw === 'string' && raw !== '' ? ok(raw) : bad('a non-empty text')
  return { kind: 'value', parse, default: fallback, unit: '', doc }
}

export function choice<const C extends string>(
  choices: readonly C[],
  { default: fallback, doc }: Text & { readonly default: C },
): Field<C> {
  const parse = (raw: unknown): Parsed<C> => {
    const found = choices.find((one) => one === raw)
    return found === undefined ? bad(`one of ${choices.join(', ')}`) : ok(found)
  }
  return { kind: 'value', parse, default: fallback, unit: '', doc: `${doc} One of ${choices.join(', ')}.` }
}

/** A switch: `--name` and `--no-name`, "true" or "false" elsewhere. */
export function flag({ default: fallback, doc }: Text & { readonly default: boolean }): Field<boolean> {
  const parse = (raw: unknown): Parsed<boolean> => {
    if (raw === true || raw === 'true') return ok(true)
    if (raw === false || raw === 'false') return ok(false)
    return bad('true or false')
  }
  return { kind: 'flag', parse, default: fallback, unit: '', doc }
}

/** Comma-separated in flags and environment, a list (or such a text) in files. */
export function list<T>(
  item: Field<T>,
  { default: fallback, doc }: Text & { readonly default: readonly T[] },
): Field<readonly T[]> {
  const parse = (raw: unknown): Parsed<readonly T[]> => {
    const values: T[] = []
    for (const part of partsOf(raw)) {
      const parsed = item.parse(part)
      if (!parsed.ok) return bad(`a comma-separated list, each ${parsed.expected}`)
      values.push(parsed.value)
    }
    return ok(values)
  }
  return { kind: 'list', parse, default: fallback, unit: item.unit, doc }
}

function partsOf(raw: unknown): readonly unknown[] {
  if (Array.isArray(raw)) return raw
  return typeof raw === 'string' ? raw.split(',').map((part) => part.trim()) : [raw]
}
