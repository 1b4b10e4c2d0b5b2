/** Requests in order of arrival, the first at 0 ms. */
export interface Trace {
  readonly name: string
  readonly requests: readonly TraceRequest[]
  /** Broken lines that `--skip-bad-lines` passed over. */
  readonly skippedLines: number
}

export interface TraceRequest {
  /** Arrival, ms after the first request of the trace. */
  readonly atMs: number
  /** At least 1. */
  readonly promptTokens: number
  /** At least 1. */
  readonly outputTokens: number
  /**
   * What the tokens are, in order from the first prompt token. The spans sum to `promptTokens`, or to
   * `promptTokens + outputTokens` where the answer is known too (a later turn repeats it). An answer that no span
   * describes is like no other.
   */
  readonly content: readonly ContentSpan[]
  readonly sessionId?: string
}

/** The first `tokens` tokens (at least 1) of content `id`. Equal id after an equal prefix = equal tokens. */
export interface ContentSpan {
  /** A whole number below 2^53, 0 included. */
  readonly id: number
  readonly tokens: number
}
