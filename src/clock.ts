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
