import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export type CliProcess = ChildProcessByStdio<null, Readable, Readable>

/** Starts `entry` (a path from the repository root) in a child process that sees only the given environment. */
export function startCli(
  entry: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): CliProcess {
  const path = fileURLToPath(new URL(`../../${entry}`, import.meta.url))
  return spawn(process.execPath, [path, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs it to its end. */
export async function runCli(...given: Parameters<typeof startCli>): Promise<CliResult> {
  return resultOf(startCli(...given))
}

export async function resultOf(child: CliProcess): Promise<CliResult> {
  const exited = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  await exited
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr }
}
