import type { Clock } from '../clock.ts'
import type { Environment } from '../config/environment.ts'
import type { CommandEntry } from './commands.ts'

/** What the command line needs of the process it runs in. */
export interface Host {
  readonly commands: readonly CommandEntry[]
  readonly env: Environment
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly clock: Clock
  readonly version: string
  readonly events: HostEvents
}

export interface HostEvents {
  onSignal(listener: (signal: string) => void): void
  /** A fault that no code caught. */
  onFault(listener: (error: unknown) => void): void
  /** The reader of stdout has gone, as in `warmpath replay ... | head`. */
  onOutputClosed(listener: () => void): void
}

export interface Terminal extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  hasColors?(): boolean
}

/** Exit codes of every command. */
export const exitCodes = { fine: 0, failed: 1, misused: 2 } as const
