import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { WarmpathError } from '../../src/errors.ts'

export interface RunOptions {
  readonly cwd?: string
  /** Written to its standard input. */
  readonly input?: string
  /** After that the command is killed, ms; 15 minutes by default. */
  readonly timeoutMs?: number
  /** Those that count as success; 0 by default. */
  readonly exitCodes?: readonly number[]
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end and gives its standard output. Rejects with COMMAND_FAILED and the end of what it printed. */
export async function run(...given: Parameters<typeof runFor>): Promise<string> {
  return (await runFor(...given)).stdout
}

/** As `run`, with both outputs. */
export async function runFor(command: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
  const { cwd, input = '', timeoutMs = 15 * 60_000, exitCodes = [0] } = options
  const child = spawn(command, args, { cwd, timeout: timeoutMs, killSignal: 'SIGKILL', stdio: 'pipe' })
  // A command that reads no input closes the pipe early; its exit code tells what happened.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const failed = (what: string, cause?: unknown): WarmpathError =>
    new WarmpathError('COMMAND_FAILED', `Cannot run "${[command, ...args].join(' ')}": ${what}`, { cause })
  const closed = once(child, 'close').catch((cause: unknown) => {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause)
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  if (child.exitCode === null || !exitCodes.includes(child.exitCode)) {
    const expected = `expected ${exitCodes.join(' or ')}`
    const ended = child.exitCode === null ? `killed by ${child.signalCode}` : `exit code ${child.exitCode}, ${expected}`
    throw failed(`${ended}\n${(stderr + stdout).trimEnd().split('\n').slice(-20).join('\n')}`)
  }
  return { stdout, stderr }
}
