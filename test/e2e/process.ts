import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import { WarmpathError } from '../../src/errors.ts'

/** A program to start, as data, so that a report can show how a peer was run. */
export interface CommandLine {
  readonly program: string
  readonly args: readonly string[]
}

export interface StartOptions extends CommandLine {
  /** For messages. */
  readonly name: string
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
}

export interface RunningProcess {
  readonly pid: number
  /** The newest lines of its output, oldest first. */
  log(): readonly string[]
  /**
   * Resolves when `probe`, given the log, says so. Rejects with PROCESS_ENDED or PROCESS_NOT_READY and the end of the
   * log; the process is then still to be stopped.
   */
  ready(probe: (log: readonly string[]) => boolean | Promise<boolean>, deadlineMs?: number): Promise<void>
  /** SIGTERM, and SIGKILL to what is left after `graceMs`; resolves when it has ended. */
  stop(graceMs?: number): Promise<void>
}

/**
 * Starts a program that ends with this process: should this one crash, the kernel sends it SIGTERM (PR_SET_PDEATHSIG,
 * set by setpriv of util-linux, which then becomes the program under the same process id).
 */
export async function startProcess({ name, program, args, env = {} }: StartOptions): Promise<RunningProcess> {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', program, ...args], {
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = new LogRing()
  lines.read(child.stdout)
  lines.read(child.stderr)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const fault = (code: string, what: string, cause?: unknown): WarmpathError =>
    new WarmpathError(code, [`${name} (${program}) ${what}`, ...lines.all().slice(-30)].join('\n'), { cause })
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw fault('PROCESS_ENDED', `could not be started: ${String(cause)}`, cause)
  }
  return {
    pid: child.pid ?? 0,
    log: () => lines.all(),
    async ready(probe, deadlineMs = 60_000) {
      const deadline = performance.now() + deadlineMs
      for (;;) {
        const isReady = await probe(lines.all())
        // Asked after the probe: another program may have got the port and answered in its place.
        if (hasEnded(child)) throw fault('PROCESS_ENDED', `ended before it was ready: ${endOf(child)}`)
        if (isReady) return
        if (performance.now() > deadline) throw fault('PROCESS_NOT_READY', `was not ready after ${deadlineMs} ms`)
        await pause(50)
      }
    },
    async stop(graceMs = 5000) {
      if (!hasEnded(child)) child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(kill)
    },
  }
}

/** Our own commands refuse a WARMPATH_ variable that is no option, and the one of the tests' cache is none. */
function inherited(): NodeJS.ProcessEnv {
  const { WARMPATH_E2E_CACHE: _cache, ...others } = process.env
  return others
}

/** Whether a GET is answered with 2xx; no connection counts as no. */
export async function answers(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(2000)
  const response = await fetch(url, { signal }).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok === true
}

class LogRing {
  readonly #lines: string[] = []

  read(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line)
      if (this.#lines.length > logLines) this.#lines.shift()
    })
  }

  all(): readonly string[] {
    return [...this.#lines]
  }
}

const logLines = 200

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const endOf = ({ exitCode, signalCode }: ChildProcess): string =>
  exitCode === null ? `killed by ${signalCode}` : `exit code ${exitCode}`

/** For what gives no event: the state of another program. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
