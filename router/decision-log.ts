import type { Decision } from './decision.ts'

export type RequestOutcome = 'streaming' | 'completed' | 'failed' | 'cancelled'

/** A decision and what became of it, as `/api/decisions` shows it. */
export interface LoggedDecision extends DecisionReport {
  /** ISO 8601. */
  readonly at: string
  readonly outcome: RequestOutcome
  /** Endpoints tried, the last one included. */
  readonly attempts: number
  readonly observedCachedTokens?: number
  readonly ttftMs?: number
  readonly e2eMs?: number
}

export type DecisionChanges = Partial<Pick<LoggedDecision, 'outcome' | 'observedCachedTokens' | 'ttftMs' | 'e2eMs'>>

/** One place in the log. */
export interface DecisionEntry {
  /** Another endpoint was chosen for the same request. */
  replace(decision: Decision): void
  change(changes: DecisionChanges): void
}

/** The newest `capacity` decisions. */
export class DecisionLog {
  readonly #capacity: number
  readonly #wallClock: () => Date
  readonly #ring: (() => LoggedDecision)[] = []
  #next = 0

  constructor({ capacity, wallClock }: { readonly capacity: number; readonly wallClock: () => Date }) {
    this.#capacity = capacity
    this.#wallClock = wallClock
  }

  open(decision: Decision): DecisionEntry {
    const at = this.#wallClock().toISOString()
    let logged: LoggedDecision = { ...toReport(decision), at, outcome: 'streaming', attempts: 1 }
    this.#ring[this.#next] = () => logged
    this.#next = (this.#next + 1) % this.#capacity
    return {
      replace: (newer) => {
        logged = { ...logged, ...toReport(newer), attempts: logged.attempts + 1 }
      },
      change: (changes) => {
        logged = { ...logged, ...changes }
      },
    }
  }

  /** Newest first. */
  recent(limit: number): readonly LoggedDecision[] {
    const size = this.#ring.length
    const newest: LoggedDecision[] = []
    for (let back = 1; back <= Math.min(limit, size); back++) {
      const read = this.#ring[(this.#next - back + size) % size]
      if (read !== undefined) newest.push(read())
    }
    return newest
  }
}

/** A decision with its endpoint by name, as the admin API shows it. */
export const toReport = (decision: Decision): DecisionReport => ({ ...decision, endpoint: decision.endpoint.name })

export type DecisionReport = Omit<Decision, 'endpoint'> & { readonly endpoint: string }
