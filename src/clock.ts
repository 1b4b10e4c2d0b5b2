/** Monotonic time in milliseconds, and timers on the same scale; passed in, so that tests and simulations own time. */
export interface Clock {
  now(): number
  setTimer(delayMs: number, run: () => void): () => void
}

export const realClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Resolves after a time, or as soon as `stopped` aborts. */
export function pause(clock: Clock, delayMs: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) return resolve()
    const wake = () => {
      cancel()
      stopped.removeEventListener('abort', wake)
      resolve()
    }
    const cancel = clock.setTimer(delayMs, wake)
    stopped.addEventListener('abort', wake, { once: true })
  })
}
