const DEFAULT_OUTPUT_TOKENS = 256
/** Weight of the newest answer; about the last 50 answers count. */
const NEWEST = 0.02

/** Expected answer length of a model's requests, learned from finished ones. */
export class OutputEstimate {
  #mean: number | undefined

  expect(maxOutputTokens: number | undefined): number {
    return Math.min(this.#mean ?? DEFAULT_OUTPUT_TOKENS, maxOutputTokens ?? Infinity)
  }

  learn(outputTokens: number): void {
    this.#mean = this.#mean === undefined ? outputTokens : this.#mean + NEWEST * (outputTokens - this.#mean)
  }
}
