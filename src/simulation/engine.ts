import type { EngineProfile } from './profiles.ts'

/** One request as the engine sees it: lengths and block keys, no text. */
export interface EngineRequest {
  readonly id: string
  /** At least 1. */
  readonly promptTokens: number
  /** Tokens it will generate; at least 1. */
  readonly outputTokens: number
  /**
   * Chained keys of its full blocks, prompt first, then (where known) prompt + output; key i stands for the whole
   * prefix through block i. Blocks beyond the list are cached under no key, so they never hit.
   */
  readonly keys: ArrayLike<number>
  readonly hooks: RequestHooks
}

/** Called at the end of the step that produced the news; times are clock milliseconds. */
export interface RequestHooks {
  /** Admitted to the running batch for the first time; `cachedTokens` is what prefix caching spared. */
  onScheduled?(cachedTokens: number, atMs: number): void
  /** `index` counts from 0; index 0 is the first token. */
  onToken?(index: number, atMs: number): void
  onFinish(atMs: number): void
}

/** Cache changes in the order vLLM's block pool makes them, sent once per step (vLLM BlockStored, BlockRemoved). */
export type CacheEvent =
  | {
      readonly kind: 'stored'
      readonly request: EngineRequest
      /** Blocks `firstBlock .. firstBlock + count - 1` of the request. */
      readonly firstBlock: number
      readonly count: number
    }
  | { readonly kind: 'removed'; readonly key: number }
  | { readonly kind: 'cleared' }

export interface EngineOptions {
  readonly profile: EngineProfile
  /** KV blocks; defaults to the profile's capacity. */
  readonly kvBlocks?: number
  /** Called at the end of each step that changed the cache; a reset is told with the next step. */
  readonly onCacheEvents?: (events: readonly CacheEvent[]) => void
}

export interface EngineStats {
  readonly running: number
  readonly waiting: number
  readonly kvBlocks: number
  /** Blocks held by live requests. */
  readonly kvBlocksUsed: number
  /** Blocks that hold reusable content, in use or free. */
  readonly kvBlocksCached: number
  readonly prefixQueriesTokens: number
  readonly prefixHitsTokens: number
  readonly preemptions: number
  readonly promptTokens: number
  readonly generationTokens: number
}

/** One vLLM replica as a discrete-event model. The driver owns time: virtual in `replay`, real in `fleet`. */
export interface Engine {
  /** Whether its KV blocks can hold the request at all; if not, `submit` throws. */
  fits(request: Pick<EngineRequest, 'promptTokens' | 'outputTokens'>): boolean
  /** Throws RangeError for lengths below 1, for more tokens than its KV blocks can hold, and for an id it has already. */
  submit(request: EngineRequest): void
  /** Ends a waiting or running request at once and frees its blocks; unknown ids are ignored. */
  cancel(id: string): void
  /** Plans the next step and returns its end time; undefined when there is nothing to do. */
  beginStep(nowMs: number): number | undefined
  /** Delivers what the step produced. Call at the time `beginStep` returned. */
  endStep(nowMs: number): void
  stats(): EngineStats
  /** vLLM's reset_prefix_cache: false, and nothing done, while requests hold blocks. */
  resetPrefixCache(): boolean
}
