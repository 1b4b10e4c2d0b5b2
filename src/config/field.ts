import { parseBytes, parseDuration, parseFraction } from './units.ts'

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

function ranged<D>(
  unit: string,
  expected: string,
  read: (raw: unknown) => number | undefined,
  { default: fallback, doc, min = -Infinity, max = Infinity }: Ranged<D>,
): Field<number | D> {
  const bounds = `${expected}${min > -Infinity ? ` of at least ${min}` : ''}${max < Infinity ? `${min > -Infinity ? ' and' : ' of'} at most ${max}` : ''}`
  const parse = (raw: unknown): Parsed<number> => {
    const value = read(raw)
    return value === undefined || value < min || value > max ? bad(bounds) : ok(value)
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

export const integer = <D>(options: Ranged<D>): Field<number | D> => ranged('', 'a whole number', toInteger, options)
export const decimal = <D>(options: Ranged<D>): Field<number | D> => ranged('', 'a number', toNumber, options)
/** Milliseconds from "250ms", "4s", "2m"; a bare number is refused, so that no unit is ever guessed. */
export const duration = <D>(options: Ranged<D>): Field<number | D> =>
  ranged('ms', 'a duration such as "250ms", "4s" or "2m"', parseDuration, options)
/** Bytes from "64Ki", "20Mi", "1G" or a plain count. */
export const bytes = <D>(options: Ranged<D>): Field<number | D> =>
  ranged('bytes', 'a size such as "64Ki" or "20Mi"', parseBytes, options)
/** 0..1 from "90%" or 0.9. */
export const fraction = <D>(options: Ranged<D>): Field<number | D> =>
  ranged('', 'a fraction such as 0.9 or "90%"', parseFraction, { min: 0, max: 1, ...options })
export const port = (options: Text & { readonly default: number }): Field<number> =>
  ranged('', 'a port number (0 = any free port)', toInteger, { min: 0, max: 65_535, ...options })

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
export function list<T>(item: Field<T>, { default: fallback, doc }: Text & { readonly default: readonly T[] }): Field<readonly T[]> {
  const parse = (raw: unknown): Parsed<readonly T[]> => {
    const parts: readonly unknown[] = Array.isArray(raw) ? raw : typeof raw === 'string' ? raw.split(',').map((part) => part.trim()) : [raw]
    const values: T[] = []
    for (const part of parts) {
      const parsed = item.parse(part)
      if (!parsed.ok) return bad(`a comma-separated list, each ${parsed.expected}`)
      values.push(parsed.value)
    }
    return ok(values)
  }
  return { kind: 'list', parse, default: fallback, unit: item.unit, doc }
}
