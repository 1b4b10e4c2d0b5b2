import type { Clock } from '../../src/clock.ts'

/** Calls `onSilent` once when `limitMs` pass without a `touch`. A touch costs one clock reading: the timer is set anew only when it fires early. */
export class Silence {
  readonly #clock: Clock
  readonly #onSilent: () => void
  #limitMs = 0
  #lastMs = 0
  #cancel: (() => void) | undefined

  constructor(clock: Clock, onSilent: () => void) {
    this.#clock = clock
    this.#onSilent = onSilent
  }

  /** Starts, or starts over with another limit. */
  start(limitMs: number): void {
    this.stop()
    this.#limitMs = limitMs
    this.touch()
    this.#arm(limitMs)
  }

  touch(): void {
    this.#lastMs = this.#clock.now()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#clock.setTimer(delayMs, () => {
      this.#cancel = undefined
      const leftMs = this.#lastMs + this.#limitMs - this.#clock.now()
      // Timers may fire a fraction of a millisecond early.
      if (leftMs >= 1) this.#arm(leftMs)
      else this.#onSilent()
    })
  }
}
