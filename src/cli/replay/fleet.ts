import { createRouter, type Decision, type PolicyDefinition, type Router, type Ticket } from '../../../router/index.ts'
import type { EndpointState, EngineSignals, PoolSnapshot } from '../../endpoints/endpoint.ts'
import { createRandom } from '../../random.ts'
import { createEngine } from '../../simulation/create-engine.ts'
import type { Engine, RequestHooks } from '../../simulation/engine.ts'
import type { EngineProfile } from '../../simulation/profiles.ts'
import type { FleetSample, PolicyRun, RequestOutcome } from './result.ts'
import type { TraceRequest } from './trace.ts'

export interface FleetOptions {
  readonly policy: PolicyDefinition
  readonly profile: EngineProfile
  readonly replicas: number
  readonly seed: number
  readonly routerBlockTokens: number
  readonly metricsIntervalMs: number
  /** Block keys of each request at the engines' block size. */
  readonly keys: readonly Int32Array[]
}

const SAMPLE_EVERY_MS = 1000

interface Replica {
  readonly name: string
  readonly engine: Engine
  /** End of the step under way; Infinity when idle. */
  stepEndsMs: number
}

/** Where a request was sent. */
interface Placement {
  readonly index: number
  readonly replica: Replica
  readonly ticket: Ticket
}

/** The router in front of modelled engines, in virtual time. Single use. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #router: Router
  readonly #replicas: readonly Replica[]
  readonly #outcomes: RequestOutcome[] = []
  readonly #samples: FleetSample[] = []
  #nowMs = 0
  #nextSampleMs = 0
  #snapshot: PoolSnapshot | undefined
  #snapshotMs = 0
  #decisionWallMs = 0

  constructor(options: FleetOptions) {
    this.#options = options
    this.#router = createRouter({
      policy: options.policy,
      clock: { now: () => this.#nowMs },
      random: createRandom(options.seed),
      blockTokens: options.routerBlockTokens,
    })
    this.#replicas = Array.from({ length: options.replicas }, (_, i) => ({
      name: `replica-${i}`,
      engine: createEngine({ profile: options.profile }),
      stepEndsMs: Infinity,
    }))
  }

  /** Runs every step that ends by `untilMs`. */
  advanceTo(untilMs: number): void {
    for (;;) {
      const next = this.#replicas.reduce((first, replica) => (replica.stepEndsMs < first.stepEndsMs ? replica : first))
      if (next.stepEndsMs > untilMs || next.stepEndsMs === Infinity) break
      this.#sampleUntil(next.stepEndsMs)
      this.#nowMs = next.stepEndsMs
      next.engine.endStep(this.#nowMs)
      next.stepEndsMs = next.engine.beginStep(this.#nowMs) ?? Infinity
    }
    if (untilMs === Infinity) return
    this.#sampleUntil(untilMs)
    this.#nowMs = untilMs
  }

  arrive(request: TraceRequest, index: number): void {
    const { decision, ticket } = this.#route(request, index)
    const replica = this.#replicas.find(({ name }) => name === decision.endpoint.name)
    if (replica === undefined) throw new Error(`no replica ${decision.endpoint.name}`)
    if (replica.engine.fits(request)) this.#submit(request, { index, replica, ticket })
    else {
      // An engine answers 400 to what it can never hold.
      ticket.cancel()
      this.#outcomes[index] = failedOutcome(request, this.#nowMs)
    }
  }

  #route(request: TraceRequest, index: number): { readonly decision: Decision; readonly ticket: Ticket } {
    const policyRequest = {
      id: String(index),
      model: this.#options.profile.model,
      prompt: this.#promptBlocks(request, this.#keysOf(index)),
      ...(request.sessionId === undefined ? {} : { sessionId: request.sessionId }),
    }
    const snapshot = this.#currentSnapshot()
    const started = performance.now()
    const result = this.#router.route(policyRequest, snapshot)
    this.#decisionWallMs += performance.now() - started
    if (result.kind !== 'routed') throw new Error(`replay found no endpoint: ${result.why}`)
    return result
  }

  #submit({ promptTokens, outputTokens }: TraceRequest, { index, replica, ticket }: Placement): void {
    const atMs = this.#nowMs
    let cachedTokens = 0
    let ttftMs = 0
    const hooks: RequestHooks = {
      onScheduled(cached) {
        cachedTokens = cached
      },
      onToken(token, tokenMs) {
        if (token > 0) return
        ttftMs = tokenMs - atMs
        ticket.firstToken()
      },
      onFinish: (finishMs) => {
        ticket.finish({ promptTokens, outputTokens, cachedTokens })
        const [e2eMs, served] = [finishMs - atMs, this.#replicas.indexOf(replica)]
        this.#outcomes[index] = { atMs, promptTokens, outputTokens, cachedTokens, ttftMs, e2eMs, replica: served }
      },
    }
    replica.engine.submit({ id: String(index), promptTokens, outputTokens, keys: this.#keysOf(index), hooks })
    if (replica.stepEndsMs === Infinity) replica.stepEndsMs = replica.engine.beginStep(this.#nowMs) ?? Infinity
  }

  drain(): void {
    this.advanceTo(Infinity)
  }

  result(): Pick<PolicyRun, 'requests' | 'samples' | 'decisionMicros'> {
    const decisionMicros = (this.#decisionWallMs * 1000) / Math.max(1, this.#outcomes.length)
    return { requests: this.#outcomes, samples: this.#samples, decisionMicros }
  }

  #keysOf(index: number): Int32Array {
    return this.#options.keys[index] ?? new Int32Array(0)
  }

  /** Chained keys allow a coarser cut: every n-th key stands for the same whole prefix. */
  #promptBlocks({ promptTokens }: TraceRequest, keys: Int32Array) {
    const { routerBlockTokens: blockTokens, profile } = this.#options
    const stride = blockTokens / profile.blockTokens
    const count = Math.min(Math.floor(keys.length / stride), Math.floor(promptTokens / blockTokens))
    const coarse = new Int32Array(count)
    for (let i = 0; i < count; i++) coarse[i] = keys[(i + 1) * stride - 1] ?? 0
    return { keys: coarse, blockTokens, promptTokens }
  }

  #currentSnapshot(): PoolSnapshot {
    const { metricsIntervalMs } = this.#options
    if (this.#snapshot === undefined || this.#nowMs - this.#snapshotMs >= metricsIntervalMs) {
      this.#snapshot = { version: 1, endpoints: this.#replicas.map((replica) => this.#state(replica)) }
      this.#snapshotMs = this.#nowMs
    }
    return this.#snapshot
  }

  #state({ name, engine }: Replica): EndpointState {
    const { model, blockTokens } = this.#options.profile
    const stats = engine.stats()
    const signals: EngineSignals = {
      requestsRunning: stats.running,
      requestsWaiting: stats.waiting,
      kvCacheUtilization: stats.kvBlocksUsed / stats.kvBlocks,
      blockSizeTokens: blockTokens,
      kvCacheBlocks: stats.kvBlocks,
    }
    const endpoint = { name, url: `http://${name}`, pool: 'replay', model, labels: {} }
    return { endpoint, health: 'ready', signals, scrapedAtMs: this.#nowMs }
  }

  #sampleUntil(untilMs: number): void {
    for (; this.#nextSampleMs <= untilMs; this.#nextSampleMs += SAMPLE_EVERY_MS) {
      const replicas = this.#replicas.map(({ engine }) => {
        const { running, waiting, kvBlocksUsed, kvBlocks } = engine.stats()
        return { running, waiting, kvUsedFraction: kvBlocksUsed / kvBlocks }
      })
      this.#samples.push({ atMs: this.#nextSampleMs, replicas })
    }
  }
}

function failedOutcome({ promptTokens, outputTokens }: TraceRequest, atMs: number): RequestOutcome {
  return { atMs, promptTokens, outputTokens, cachedTokens: 0, replica: undefined, ttftMs: undefined, e2eMs: undefined }
}
