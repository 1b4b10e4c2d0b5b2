import type { Clock } from '../src/clock.ts'
import type { Decision } from './decision.ts'
import type { DecisionEntry, DecisionLog } from './decision-log.ts'
import type { EndpointTotalsBook } from './endpoint-totals.ts'
import type { LabelCap } from './label-cap.ts'
import type { RouterMetrics } from './metrics.ts'
import type { AnswerFacts } from './openai/usage.ts'
import type { Failure } from './proxy/retry.ts'

export interface Recorders {
  readonly metrics: RouterMetrics
  readonly models: LabelCap
  readonly decisions: DecisionLog
  readonly totals: EndpointTotalsBook
  readonly clock: Pick<Clock, 'now'>
}

/** Tells metrics, decision log and totals what becomes of one request, from its being read. `ended` comes once, last. */
export class RequestRecord {
  readonly #to: Recorders
  readonly #startedMs: number
  #decision: Decision | undefined
  #entry: DecisionEntry | undefined

  constructor(recorders: Recorders) {
    this.#to = recorders
    this.#startedMs = recorders.clock.now()
  }

  decided(decision: Decision): void {
    const { metrics, totals, decisions } = this.#to
    const { endpoint, promptTokens, predictedCachedTokens } = decision
    this.#decision = decision
    if (this.#entry === undefined) {
      this.#entry = decisions.open(decision)
      metrics.decisionDuration.observe(this.#elapsedMs() / 1000)
    } else this.#entry.replace(decision)
    metrics.endpointRequests.inc({ endpoint: endpoint.name })
    const total = totals.of(endpoint.name)
    total.routed++
    total.promptTokens += promptTokens
    total.predictedCachedTokens += predictedCachedTokens
  }

  retried(failure: Failure): void {
    this.#to.metrics.retries.inc({ reason: failure.kind })
    if (this.#decision !== undefined) this.#to.totals.of(this.#decision.endpoint.name).failed++
  }

  firstToken(): void {
    if (this.#decision === undefined) return
    const ttftMs = this.#elapsedMs()
    this.#entry?.change({ ttftMs })
    this.#to.metrics.timeToFirstToken.observe({ model: this.#model(this.#decision.model) }, ttftMs / 1000)
  }

  /** `status` is what the client was answered. `facts` is what the answer said, as far as it came. */
  ended({ outcome, status, facts }: Ending): void {
    const { metrics, totals } = this.#to
    const decision = this.#decision
    const model = decision === undefined ? 'none' : this.#model(decision.model)
    metrics.requests.inc({ model, status: outcome === 'cancelled' ? 'cancelled' : `${Math.floor(status / 100)}xx` })
    if (decision === undefined) return
    const e2eMs = this.#elapsedMs()
    const observed = facts?.cachedTokens
    metrics.requestDuration.observe({ model }, e2eMs / 1000)
    metrics.promptTokens.inc({ model }, decision.promptTokens)
    metrics.predictedCachedTokens.inc({ model }, decision.predictedCachedTokens)
    if (observed !== undefined) metrics.observedCachedTokens.inc({ model }, observed)
    const total = totals.of(decision.endpoint.name)
    total[outcome]++
    total.observedCachedTokens += observed ?? 0
    this.#entry?.change({ outcome, e2eMs, ...(observed === undefined ? {} : { observedCachedTokens: observed }) })
  }

  #elapsedMs(): number {
    // To the microsecond: more digits would be noise.
    return Math.round((this.#to.clock.now() - this.#startedMs) * 1000) / 1000
  }

  #model(name: string): string {
    return this.#to.models.of(name)
  }
}

export interface Ending {
  readonly outcome: 'completed' | 'failed' | 'cancelled'
  readonly status: number
  readonly facts?: AnswerFacts
}
