/** A fault with a stable `code`; the message says action, subject, actual and expected. `status` is the HTTP status an edge would answer with. */
export class WarmpathError extends Error {
  readonly code: string
  readonly status: number | undefined

  constructor(code: string, message: string, options: { cause?: unknown; status?: number } = {}) {
    super(message, { cause: options.cause })
    this.name = 'WarmpathError'
    this.code = code
    this.status = options.status
  }
}

/** One thing wrong in a configuration: where it came from, what was found, what was expected. */
export interface Problem {
  readonly path: string
  readonly value: string
  readonly expected: string
}

/** Wrong usage or configuration; carries every problem found, not only the first. Exit code 2. */
export class ConfigError extends WarmpathError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('CONFIG_INVALID', problems.map(formatProblem).join('\n'), { status: 400 })
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export function formatProblem({ path, value, expected }: Problem): string {
  return `${path}: got ${value}, expected ${expected}`
}
