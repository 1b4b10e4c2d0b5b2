/** What one policy made of a trace. */
export interface PolicyRun {
  readonly name: string
  /** In order of arrival. */
  readonly requests: readonly RequestOutcome[]
  /** In order of time, at any even spacing; empty when nothing was sampled. */
  readonly samples: readonly FleetSample[]
  /** Wall time of the whole run, ms. */
  readonly wallMs: number
  /** Mean wall time of one routing decision, µs; absent when not measured. */
  readonly decisionMicros?: number
}

export interface RequestOutcome {
  /** Arrival, ms of virtual time. */
  readonly atMs: number
  readonly promptTokens: number
  /** Prompt tokens that the replica's prefix cache spared; 0 for a failed request. */
  readonly cachedTokens: number
  readonly outputTokens: number
  /** Index of the replica that served it; undefined when none did. */
  readonly replica: number | undefined
  /** Arrival to first token; undefined when the request failed. */
  readonly ttftMs: number | undefined
  /** Arrival to last token; undefined when the request failed. */
  readonly e2eMs: number | undefined
}

/** The fleet at one moment of virtual time; `replicas` is in the order of `RequestOutcome.replica`. */
export interface FleetSample {
  readonly atMs: number
  readonly replicas: readonly ReplicaSample[]
}

export interface ReplicaSample {
  readonly running: number
  readonly waiting: number
  /** 0..1, KV blocks held by live requests. */
  readonly kvUsedFraction: number
}
