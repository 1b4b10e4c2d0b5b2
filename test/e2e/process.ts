import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
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
  readonly name: string
  readonly pid: number
  /** The newest lines of its output, oldest first. */
  log(): readonly string[]
  /** Resolves when `probe` gives true. Rejects with PROCESS_ENDED or PROCESS_NOT_READY and the end of its log. */
  ready(probe: () => Promise<boolean>, deadlineMs?: number): Promise<void>
  /** SIGTERM, and SIGKILL to what is left after `graceMs`; resolves when it has ended. */
  stop(graceMs?: number): Promise<void>
}

/** Starts a program that lives no longer than this process. Rejects with PROCESS_ENDED when it cannot be started. */
export async function startProcess({ name, program, args, env = {} }: StartOptions): Promise<RunningProcess> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = new LogRing(200)
  lines.read(child.stdout)
  lines.read(child.stderr)
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  child.once('exit', () => process.off('exit', killAtExit))
  const report = (code: string, what: string, cause?: unknown): WarmpathError =>
    new WarmpathError(code, [`${name} (${program}) ${what}`, ...lines.last(30)].join('\n'), { cause })
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw report('PROCESS_ENDED', `could not be started: ${String(cause)}`, cause)
  }
  return {
    name,
    pid: child.pid ?? 0,
    log: () => lines.last(lines.capacity),
    async ready(probe, deadlineMs = 60_000) {
      const deadline = performance.now() + deadlineMs
      while (!(await probe())) {
        if (hasEnded(child)) throw report('PROCESS_ENDED', `ended before it was ready: ${endOf(child)}`)
        if (performance.now() > deadline) throw report('PROCESS_NOT_READY', `was not ready after ${deadlineMs} ms`)
        await pause(50)
      }
    },
    async stop(graceMs = 5000) {
      if (hasEnded(child)) return ended
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(kill)
    },
  }
}

/** Whether a GET is answered with 2xx; no connection counts as no. */
export async function answers(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(2000)
  const response = await fetch(url, { signal }).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok === true
}

/** Ports that were free a moment ago, for programs that cannot choose one themselves. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere()))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

class LogRing {
  readonly capacity: number
  readonly #lines: string[] = []

  constructor(capacity: number) {
    this.capacity = capacity
  }

  read(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line)
      if (this.#lines.length > this.capacity) this.#lines.shift()
    })
  }

  last(count: number): readonly string[] {
    return this.#lines.slice(-count)
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const endOf = ({ exitCode, signalCode }: ChildProcess): string =>
  exitCode === null ? `killed by ${signalCode}` : `exit code ${exitCode}`

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
