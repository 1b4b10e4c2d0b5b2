import type { Clock } from '../clock.ts'
import type { ConfigOf, Fields } from '../config/field.ts'
import type { Log } from '../telemetry/log.ts'
import type { Lifecycle } from './lifecycle.ts'

/** One `warmpath <name>`: what its help says, which options it takes, and what it does. */
export interface Command<F extends Fields = Fields> {
  readonly name: string
  /** One line for `warmpath --help`. */
  readonly summary: string
  /** What stands after the name in the usage line; made from `arguments` when absent. */
  readonly usage?: string
  /** Whole command lines. */
  readonly examples?: readonly string[]
  readonly arguments?: readonly Argument[]
  readonly fields: F
  /** Resolves to the exit code. A command that serves ends with `await context.lifecycle.untilStopped()`. */
  run(config: ConfigOf<F>, context: CommandContext): Promise<number>
}

export interface Argument {
  readonly name: string
  readonly doc: string
  readonly optional?: boolean
}

export interface CommandContext {
  /** Positional arguments, their number checked against `arguments`. */
  readonly args: readonly string[]
  readonly log: Log
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly lifecycle: Lifecycle
  readonly clock: Clock
}

/** Ties the type of `run`'s config to the declared fields. */
export function defineCommand<const F extends Fields>(command: Command<F>): Command<F> {
  return command
}
