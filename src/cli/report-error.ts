import { ConfigError, formatProblem } from '../errors.ts'
import { exitCodes } from './host.ts'

export interface ReportOptions {
  /** The command line that prints the help to read. */
  readonly help: string
  readonly stack: boolean
}

/**
 * Says what went wrong and returns the exit code for it. A fault is one line: message, code and where to look further,
 * with the stack below on demand. A ConfigError is one line per problem.
 */
export function reportError(stderr: NodeJS.WritableStream, error: unknown, { help, stack }: ReportOptions): number {
  if (error instanceof ConfigError) {
    const lines = error.problems.map((problem) => `  ${formatProblem(problem)}\n`)
    stderr.write(`warmpath: nothing was started, because of\n${lines.join('')}See ${help}\n`)
    return exitCodes.misused
  }
  const fault = error instanceof Error ? error : new Error(String(error))
  const code = 'code' in fault && typeof fault.code === 'string' ? ` [${fault.code}]` : ''
  const hint = stack ? '' : ' (--log-level debug shows the stack)'
  stderr.write(`warmpath: ${fault.message}${code}${hint}\n`)
  if (stack && fault.stack !== undefined) stderr.write(`${fault.stack}\n`)
  return exitCodes.failed
}
