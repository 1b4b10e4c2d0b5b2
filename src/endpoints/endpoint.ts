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

/** What an engine last said of itself; an absent field is unknown, which is not 0. */
export interface EngineSignals {
  readonly requestsRunning?: number
  readonly requestsWaiting?: number
  /** 0..1, blocks held by live requests (vLLM `kv_cache_usage_perc`). */
  readonly kvCacheUtilization?: number
  readonly blockSizeTokens?: number
  readonly kvCacheBlocks?: number
  readonly prefixCacheQueriesTokens?: number
  readonly prefixCacheHitsTokens?: number
  readonly processStartTimeSeconds?: number
  readonly lora?: LoraSignals
}

export interface LoraSignals {
  readonly maxLoras: number
  readonly running: readonly string[]
  readonly waiting: readonly string[]
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
