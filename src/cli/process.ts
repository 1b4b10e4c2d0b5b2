import { realClock } from '../clock.ts'
import { processEnvironment } from '../config/load.ts'
import type { CommandEntry } from './commands.ts'
import type { HostEvents } from './host.ts'
import { run } from './run.ts'
import { packageVersion } from './version.ts'

/** Runs this process's command line over `commands`; resolves to its exit code. */
export function runProcess(commands: readonly CommandEntry[]): Promise<number> {
  return run(process.argv.slice(2), {
    commands,
    env: processEnvironment(),
    stdout: process.stdout,
    stderr: process.stderr,
    clock: realClock,
    version: packageVersion(),
    events: processEvents(),
  })
}

function processEvents(): HostEvents {
  // Its reader has gone and there is no other place to say so; unheard, the error would be a fault to report on stderr.
  process.stderr.on('error', () => {})
  return {
    onSignal(listener) {
      process.on('SIGTERM', listener)
      process.on('SIGINT', listener)
    },
    onFault(listener) {
      process.on('uncaughtException', listener)
    },
    onOutputClosed(listener) {
      process.stdout.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE') listener()
        else throw error
      })
    },
  }
}
