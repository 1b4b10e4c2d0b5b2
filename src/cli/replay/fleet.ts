import { createRouter, type PolicyDefinition, type Router } from '../../../router/index.ts'
import type { EndpointState, EngineSignals, PoolSnapshot } from '../../endpoints/endpoint.ts'
import { createRandom } from '../../random.ts'
import { createEngine } from '../../simulation/create-engine.ts'
import type { Engine } from '../../simulation/engine.ts'
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
    if (untilMs !== Infinity) this.#nowMs = untilMs
  }

  arrive(request: TraceRequest, index: number): void {
    const id = String(index)
    const keys = this.#options.keys[index] ?? new Int32Array(0)
    const started = performance.now()
    const result = this.#router.route(
      {
        id,
        model: this.#options.profile.model,
        prompt: this.#promptBlocks(request, keys),
        ...(request.sessionId === undefined ? {} : { sessionId: request.sessionId }),
      },
      this.#currentSnapshot(),
    )
    this.#decisionWallMs += performance.now() - started
    const atMs = this.#nowMs
    if (result.kind !== 'routed') throw new Error(`replay found no endpoint: ${result.why}`)
    const replicaIndex = this.#replicas.findIndex(({ name }) => name === result.decision.endpoint.name)
    const replica = this.#replicas[replicaIndex]
    if (replica === undefined) throw new Error(`no replica ${result.decision.endpoint.name}`)
    const outcome = { cachedTokens: 0, ttftMs: 0 }
    const { promptTokens, outputTokens } = request
    const engineKeys = keys
    replica.engine.submit({
      id,
      promptTokens,
      outputTokens,
      keys: engineKeys,
      hooks: {
        onScheduled: (cachedTokens) => {
          outcome.cachedTokens = cachedTokens
        },
        onToken: (token, tokenMs) => {
          if (token > 0) return
          outcome.ttftMs = tokenMs - atMs
          result.ticket.firstToken()
        },
        onFinish: (finishMs) => {
          result.ticket.finish({ promptTokens, outputTokens, cachedTokens: outcome.cachedTokens })
          this.#outcomes[index] = {
            atMs,
            promptTokens,
            outputTokens,
            ...outcome,
            replica: replicaIndex,
            e2eMs: finishMs - atMs,
          }
        },
      },
    })
    if (replica.stepEndsMs === Infinity) replica.stepEndsMs = replica.engine.beginStep(this.#nowMs) ?? Infinity
  }

  drain(): void {
    this.advanceTo(Infinity)
  }

  result(): Pick<PolicyRun, 'requests' | 'samples' | 'decisionMicros'> {
    const decisionMicros = (this.#decisionWallMs * 1000) / Math.max(1, this.#outcomes.length)
    return { requests: this.#outcomes, samples: this.#samples, decisionMicros }
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
