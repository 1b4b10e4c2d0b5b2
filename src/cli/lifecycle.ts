import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'

/** What a command sees of its own end. */
export interface Lifecycle {
  /**
   * Registers what to do at the end; run in reverse order, each after the one before has settled.
   * `deadline` aborts when the time for a graceful end is over. Registered after the end has begun, it still runs.
   */
  onStop(name: string, stop: Stop): void
  /** Aborts when the end begins: report unready, take no new work. */
  readonly stopping: AbortSignal
  /** Resolves when everything registered has stopped. */
  untilStopped(): Promise<void>
}

export type Stop = (deadline: AbortSignal) => Promise<void> | void

/** What the process entry point holds. */
export interface StoppableLifecycle extends Lifecycle {
  /** Begins the end, or joins it. Resolves to the names of what failed or did not end in time. */
  stop(reason: string): Promise<readonly string[]>
}

interface Registered {
  readonly name: string
  readonly stop: Stop
}

/** After the deadline, what is left has this long to be destroyed before it is given up. */
const graceMs = 500

export function createLifecycle(options: { clock: Clock; log: Log; timeoutMs: number }): StoppableLifecycle {
  const { clock, log, timeoutMs } = options
  const registered: Registered[] = []
  const failed: string[] = []
  const stopping = new AbortController()
  const deadline = new AbortController()
  const stopped = Promise.withResolvers<void>()
  let beganAtMs: number | undefined
  let ending: Promise<readonly string[]> | undefined

  async function stopOne({ name, stop: begin }: Registered, givenUp: Promise<'given up'>): Promise<void> {
    try {
      const outcome = await Promise.race([begin(deadline.signal), givenUp])
      if (outcome !== 'given up') return
      log.error('stop took too long', { name, timeoutMs })
    } catch (error) {
      log.error('stop failed', { name, error })
    }
    failed.push(name)
  }

  async function stopAll(): Promise<void> {
    beganAtMs ??= clock.now()
    const leftMs = Math.max(0, beganAtMs + timeoutMs - clock.now())
    const givenUp = Promise.withResolvers<'given up'>()
    const cancelDeadline = clock.setTimer(leftMs, () => deadline.abort(new Error('shutdown timeout')))
    const cancelGrace = clock.setTimer(leftMs + graceMs, () => givenUp.resolve('given up'))
    for (let next = registered.pop(); next !== undefined; next = registered.pop()) await stopOne(next, givenUp.promise)
    cancelDeadline()
    cancelGrace()
    ending = undefined
    stopped.resolve()
  }

  function stop(reason: string): Promise<readonly string[]> {
    stopping.abort(new Error(reason))
    if (ending !== undefined) return ending
    const { promise, resolve } = Promise.withResolvers<readonly string[]>()
    // Set first: with nothing registered `stopAll` is over, and has cleared it, by the time it returns.
    ending = promise
    void stopAll().then(() => resolve(failed))
    return promise
  }

  return {
    onStop(name, stopIt) {
      registered.push({ name, stop: stopIt })
      if (stopping.signal.aborted) void stop('registered late')
    },
    stopping: stopping.signal,
    untilStopped: () => stopped.promise,
    stop,
  }
}
