import type { EngineSignals } from '../vllm/signals.ts'

export type { EngineSignals, LoraSignals } from '../vllm/signals.ts'

/** One vLLM replica that requests can be sent to. `name` is unique in its pool. */
export interface Endpoint {
  readonly name: string
  /** Origin, e.g. `http://10.0.3.7:8000`. */
  readonly url: string
  readonly pool: string
  readonly model: string
  /** ZMQ publisher of KV events, e.g. `tcp://10.0.3.7:5557`. */
  readonly kvEvents?: string
  readonly labels: Readonly<Record<string, string>>
}

export type EndpointHealth = 'unknown' | 'ready' | 'unready' | 'unreachable'

/** An endpoint and what is known of it at one moment. */
export interface EndpointState {
  readonly endpoint: Endpoint
  readonly health: EndpointHealth
  readonly signals: EngineSignals
  /** Clock time of the last good scrape, ms; absent before the first. */
  readonly scrapedAtMs?: number
  /** Names from `/v1/models`, LoRA adapters included; absent until listed. */
  readonly servedModels?: readonly string[]
}

/** Immutable; a changed pool is a new snapshot with a higher version. */
export interface PoolSnapshot {
  readonly version: number
  readonly endpoints: readonly EndpointState[]
}
