/** What the router has seen of one endpoint since it started; counts only grow. */
export interface EndpointTotals {
  routed: number
  completed: number
  failed: number
  cancelled: number
  promptTokens: number
  predictedCachedTokens: number
  /** Of the answers that reported it (vLLM: `--enable-prompt-tokens-details`). */
  observedCachedTokens: number
}

/** Totals by endpoint name; `keep` drops those of endpoints that are gone. */
export class EndpointTotalsBook {
  readonly #totals = new Map<string, EndpointTotals>()

  of(endpoint: string): EndpointTotals {
    let totals = this.#totals.get(endpoint)
    if (totals === undefined) {
      totals = {
        routed: 0,
        completed: 0,
        failed: 0,
        cancelled: 0,
        promptTokens: 0,
        predictedCachedTokens: 0,
        observedCachedTokens: 0,
      }
      this.#totals.set(endpoint, totals)
    }
    return totals
  }

  keep(names: ReadonlySet<string>): void {
    for (const name of this.#totals.keys()) if (!names.has(name)) this.#totals.delete(name)
  }
}
