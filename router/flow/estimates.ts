/** What is expected of a request before it starts, learned from the model's finished ones. */
export interface Expectation extends AnswerExpectation {
  /** Prompt tokens an endpoint of the model computes per ms. */
  readonly prefillTokensPerMs: number
}

interface AnswerExpectation {
  readonly outputTokens: number
  /** First token to last, ms: how long the answer's KV blocks stay taken. */
  readonly holdMs: number
}

// Before anything is learned: a short chat answer at 30 ms a token.
const FIRST_GUESS: AnswerExpectation = { outputTokens: 256, holdMs: 7680 }
/** Weight of the newest answer: about the last 50 count. */
const NEWEST = 0.02

/**
 * What is learned of one model. Over all its endpoints: rates told apart by endpoint differ by chance at first, and a
 * cost that sees those differences sends prompts away from where they are cached (W0 at 40 req/s: hit .88 for .91).
 */
export class ModelEstimates {
  readonly #prefill = new PrefillRate()
  #mean: AnswerExpectation | undefined

  expect(maxOutputTokens: number | undefined): Expectation {
    const { outputTokens, holdMs } = this.#mean ?? FIRST_GUESS
    const share = maxOutputTokens === undefined || maxOutputTokens >= outputTokens ? 1 : maxOutputTokens / outputTokens
    return {
      outputTokens: outputTokens * share,
      holdMs: holdMs * share,
      prefillTokensPerMs: this.#prefill.tokensPerMs,
    }
  }

  learnPrefill(tokens: number, ms: number): void {
    this.#prefill.learn(tokens, ms)
  }

  learnAnswer(seen: AnswerExpectation): void {
    const { outputTokens, holdMs } = this.#mean ?? seen
    this.#mean = {
      outputTokens: outputTokens + NEWEST * (seen.outputTokens - outputTokens),
      holdMs: holdMs + NEWEST * (seen.holdMs - holdMs),
    }
  }
}

/** Where learning starts: Qwen3-32B on two H100, 15.9 (llm-d router v0.10 peakPrefillThroughput, 2026-08). */
const FIRST_TOKENS_PER_MS = 16
const MIN_TOKENS = 256
/** Old evidence halves every this many tokens computed, so that a slowed GPU is noticed. */
const HALF_LIFE_TOKENS = 200_000

/**
 * Prompt tokens computed per millisecond, learned from first tokens: tokens that were ahead of and in a
 * prompt, over the time to its first token. Waits for KV room make an engine look slow, so the caller leaves those out.
 */
class PrefillRate {
  #tokens = FIRST_TOKENS_PER_MS * 1000
  #ms = 1000

  get tokensPerMs(): number {
    return this.#tokens / this.#ms
  }

  learn(tokens: number, ms: number): void {
    if (tokens < MIN_TOKENS || ms <= 0) return
    const keep = 0.5 ** (tokens / HALF_LIFE_TOKENS)
    this.#tokens = this.#tokens * keep + tokens
    this.#ms = this.#ms * keep + ms
  }
}
