import type { Clock } from '../../src/clock.ts'

export interface ManualClock extends Clock {
  /** Moves time on, running due timers in order of their due time; a timer set on the way runs too if it falls due. */
  advance(ms: number): void
  /** Timers set and neither run nor cancelled. */
  readonly pendingTimers: number
  /** Resolves once a timer of exactly this delay is pending: so a test learns that its code has come to a wait. */
  timerSet(delayMs: number): Promise<void>
}

interface Timer {
  readonly delayMs: number
  readonly dueMs: number
  readonly run: () => void
}

export function createManualClock(startMs = 0): ManualClock {
  const timers = new Set<Timer>()
  const waiting = new Set<{ readonly delayMs: number; readonly resolve: () => void }>()
  let nowMs = startMs

  // Among equals the Set's insertion order decides, as it does for Node's timers.
  function earliestBy(endMs: number): Timer | undefined {
    let earliest: Timer | undefined
    for (const timer of timers) {
      if (timer.dueMs <= endMs && (earliest === undefined || timer.dueMs < earliest.dueMs)) earliest = timer
    }
    return earliest
  }

  return {
    now: () => nowMs,
    setTimer(delayMs, run) {
      const timer = { delayMs, dueMs: nowMs + Math.max(0, delayMs), run }
      timers.add(timer)
      for (const one of waiting) if (one.delayMs === delayMs && waiting.delete(one)) one.resolve()
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const endMs = nowMs + ms
      for (let timer = earliestBy(endMs); timer !== undefined; timer = earliestBy(endMs)) {
        timers.delete(timer)
        nowMs = timer.dueMs
        timer.run()
      }
      nowMs = endMs
    },
    timerSet: (delayMs) =>
      new Promise((resolve) => {
        for (const timer of timers) if (timer.delayMs === delayMs) return resolve()
        waiting.add({ delayMs, resolve })
      }),
    get pendingTimers() {
      return timers.size
    },
  }
}
