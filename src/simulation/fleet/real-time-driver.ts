import type { Clock } from '../../clock.ts'
import type { Engine, EngineRequest } from '../engine.ts'

export interface RealTimeDriver {
  submit(request: EngineRequest): void
  cancel(id: string): void
  /** Engine milliseconds now: clock time × speed. */
  now(): number
  /** When the running step, or the one just ended, began, in engine milliseconds. */
  stepStartedAt(): number
  /** Ends the running step undelivered; nothing is called any more. */
  stop(): void
}

export interface DriverOptions {
  readonly engine: Engine
  readonly clock: Clock
  /** Engine milliseconds per clock millisecond. */
  readonly speed: number
  /** Called after each step and each cancel, when vLLM would publish new statistics. */
  readonly onChange?: () => void
}

/**
 * Runs an engine in real time. A step starts when there is work and ends by a timer. Timers fire late (Node's are whole
 * milliseconds), so steps are planned on the engine's own timeline, which may lie behind the clock, and the next delay
 * is shortened by the lag. A lag beyond `maxLagMs` is forgotten: the machine is too slow for this speed.
 */
export function createRealTimeDriver({ engine, clock, speed, onChange }: DriverOptions): RealTimeDriver {
  let stepStart = 0
  let stepEnd: number | undefined
  let cancelTimer = (): void => {}
  let stopped = false

  const now = (): number => clock.now() * speed

  function begin(at: number): void {
    stepStart = at
    stepEnd = engine.beginStep(at)
  }

  function waitForStepEnd(): void {
    if (stepEnd !== undefined && !stopped)
      cancelTimer = clock.setTimer(Math.max(0, (stepEnd - now()) / speed), runDueSteps)
  }

  function runDueSteps(): void {
    for (let steps = 0; steps < maxStepsAtOnce; steps++) {
      if (stopped || stepEnd === undefined || (steps > 0 && stepEnd > now())) break
      const ended = stepEnd
      engine.endStep(ended)
      onChange?.()
      begin(now() - ended > maxLagMs * speed ? now() : ended)
    }
    waitForStepEnd()
  }

  return {
    submit(request) {
      engine.submit(request)
      if (stepEnd !== undefined || stopped) return
      begin(now())
      waitForStepEnd()
    },
    cancel(id) {
      engine.cancel(id)
      onChange?.()
    },
    now,
    stepStartedAt: () => stepStart,
    stop() {
      stopped = true
      cancelTimer()
    },
  }
}

const maxLagMs = 250

/** Lets sockets be served between steps at high speeds. */
const maxStepsAtOnce = 16
