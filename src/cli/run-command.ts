import type { Clock } from '../clock.ts'
import { ConfigError } from '../errors.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import type { Command } from './command.ts'
import type { CommandConfig } from './configure.ts'
import { exitCodes, type Host, type HostEvents, type Terminal } from './host.ts'
import { createLifecycle, type StoppableLifecycle } from './lifecycle.ts'
import { reportError } from './report-error.ts'

/** Runs a configured command until it returns, stops what it registered, and resolves to the exit code. */
export function runCommand(
  command: Command,
  { config, args }: { config: CommandConfig; args: readonly string[] },
  { clock, stdout, stderr, events }: Host,
): Promise<number> {
  const pretty = config.logFormat === 'pretty' || (config.logFormat === 'auto' && stderr.isTTY === true)
  const log = createCommandLog(config, stderr, pretty)
  const fail = (error: unknown): number => {
    const report = { help: `warmpath ${command.name} --help`, stack: config.logLevel === 'debug' }
    if (pretty || error instanceof ConfigError) return reportError(stderr, error, report)
    log.error('command failed', { command: command.name, error })
    return exitCodes.failed
  }
  const lifecycle = createLifecycle({ clock, log, timeoutMs: config.shutdownTimeout })
  const { promise: cutShort, resolve: cut } = Promise.withResolvers<number>()
  events.onOutputClosed(() => cut(exitCodes.fine))
  events.onFault((error) => cut(fail(error)))
  endOnSignals({ events, lifecycle, clock, log, cut })
  const toItsEnd = async (): Promise<number> => {
    let code: number
    try {
      code = await command.run(config, { args, log, stdout, stderr, lifecycle, clock })
    } catch (error) {
      code = fail(error)
    }
    const failed = await lifecycle.stop('command ended')
    return failed.length > 0 && code === exitCodes.fine ? exitCodes.failed : code
  }
  return Promise.race([toItsEnd(), cutShort])
}

function createCommandLog({ logLevel: level }: CommandConfig, stderr: Terminal, pretty: boolean): Log {
  return createLog({
    level,
    format: pretty ? 'pretty' : 'json',
    write: (line) => void stderr.write(line),
    colors: stderr.hasColors?.() === true,
  })
}

interface Ending {
  readonly events: HostEvents
  readonly lifecycle: StoppableLifecycle
  readonly clock: Clock
  readonly log: Log
  readonly cut: (code: number) => void
}

/** npm passes on the SIGINT that a terminal has sent to us too, so one Ctrl-C under `npm start` arrives twice. */
const sameKeypressMs = 250
/** How long a command may take to return after all it registered has stopped. */
const returnMs = 1000

function endOnSignals({ events, lifecycle, clock, log, cut }: Ending): void {
  let firstAtMs: number | undefined
  events.onSignal((signal) => {
    if (firstAtMs !== undefined) {
      if (clock.now() - firstAtMs > sameKeypressMs) cut(exitCodes.failed)
      return
    }
    firstAtMs = clock.now()
    log.info('stopping', { signal })
    void lifecycle.stop(signal).then(() => {
      clock.setTimer(returnMs, () => {
        log.error('command did not return after its end', { signal })
        cut(exitCodes.failed)
      })
    })
  })
}
