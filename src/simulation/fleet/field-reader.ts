import { type ApiError, badRequest, type FieldProblem, validationError } from './api-error.ts'

/**
 * Reads the fields of a JSON body; null counts as absent. Problems pile up, so that one answer names them all; of
 * refusals, vLLM's for values of the right type that it will not serve, the first is told, when there is no problem.
 */
export class FieldReader {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #path: string
  readonly #problems: FieldProblem[]
  #refusal: ApiError | undefined

  /** Throws the 400 at once when the body is no object: there are no fields to look at. */
  constructor(raw: unknown, path = 'body', problems: FieldProblem[] = []) {
    if (!isRecord(raw)) throw validationError([{ path, message: 'expected an object' }])
    this.#values = new Map(Object.entries(raw))
    this.#path = path
    this.#problems = problems
  }

  raw(name: string): unknown {
    return this.#values.get(name) ?? undefined
  }

  text(name: string, { maxLength = Infinity } = {}): string | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (typeof value === 'string' && value.length <= maxLength) return value
    return this.problem(name, 'expected a string within its length limit')
  }

  integer(name: string, { min = -Infinity, max = Infinity } = {}): number | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
    return this.problem(
      name,
      `expected a whole number${min > -Infinity ? ` of at least ${min}` : ''}${max < Infinity ? ` and at most ${max}` : ''}`,
    )
  }

  flag(name: string): boolean {
    const value = this.raw(name)
    if (value === undefined || typeof value === 'boolean') return value ?? false
    this.problem(name, 'expected true or false')
    return false
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.raw(name)
    if (value === undefined || Array.isArray(value)) return value
    return this.problem(name, 'expected a list')
  }

  /** The reader of an object field; its problems count as this one's. */
  nested(name: string): FieldReader | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (isRecord(value)) return new FieldReader(value, `${this.#path}.${name}`, this.#problems)
    return this.problem(name, 'expected an object')
  }

  problem(name: string, message: string): undefined {
    this.#problems.push({ path: `${this.#path}.${name}`, message })
  }

  refuse(message: string, param: string | null): undefined {
    this.#refusal ??= badRequest(message, param)
  }

  /** Throws the 400 if anything was wrong. */
  finish(): void {
    if (this.#problems.length > 0) throw validationError(this.#problems)
    if (this.#refusal !== undefined) throw this.#refusal
  }
}

export function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
}
