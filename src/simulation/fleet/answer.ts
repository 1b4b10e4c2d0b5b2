import type { ServerResponse } from 'node:http'
import type { AnswerFacts, AnswerFormat, Usage } from './answer-format.ts'

export interface AnswerOptions {
  readonly response: ServerResponse
  readonly format: AnswerFormat
  readonly facts: AnswerFacts
  readonly includeUsage: boolean
  readonly continuousUsage: boolean
  /** vLLM's --enable-prompt-tokens-details. */
  readonly tokenDetails: boolean
  readonly blockTokens: number
  /** Fault: cut the connection after so many chunks; half-way through an unstreamed answer. */
  readonly dropAfterChunks: number | undefined
}

/** Turns what the engine tells of each choice into the HTTP answer; ends it with the last choice. */
export interface Answer {
  scheduled(choice: number, cachedTokens: number): void
  token(choice: number, token: number, finished: string | undefined): void
  aborted(choice: number): void
}

interface ChoiceState {
  text: string
  readonly tokens: number[]
  finishReason: string | undefined
  cachedTokens: number | undefined
}

/** The common part: what each choice has so far, and the sums over them. */
export class Choices {
  readonly all: readonly ChoiceState[]
  readonly #options: AnswerOptions

  constructor(options: AnswerOptions) {
    const { prompts, n } = options.facts
    this.#options = options
    this.all = Array.from({ length: prompts.length * n }, () => ({
      text: '',
      tokens: [],
      finishReason: undefined,
      cachedTokens: undefined,
    }))
  }

  at(choice: number): ChoiceState {
    const found = this.all[choice]
    if (found === undefined) throw new RangeError(`no choice ${choice}`)
    return found
  }

  get finished(): boolean {
    return this.all.every(({ finishReason }) => finishReason !== undefined)
  }

  areFinishedBut(choice: number): boolean {
    return this.all.every(({ finishReason }, i) => i === choice || finishReason !== undefined)
  }

  /** Of one choice so far; undefined = before any. */
  runningUsage(choice: number | undefined): Usage {
    const { prompts, n } = this.#options.facts
    const prompt = prompts[Math.floor((choice ?? 0) / n)]?.length ?? 0
    const completion = choice === undefined ? 0 : this.at(choice).tokens.length
    return { prompt_tokens: prompt, total_tokens: prompt + completion, completion_tokens: completion }
  }

  /** `cached`: of the choice that speaks for all; 0 when it was never scheduled. */
  usage(cached = 0): Usage {
    const prompt = this.#options.facts.prompts.reduce((sum, tokens) => sum + tokens.length, 0)
    const completion = this.all.reduce((sum, { tokens }) => sum + tokens.length, 0)
    const counts = { prompt_tokens: prompt, total_tokens: prompt + completion, completion_tokens: completion }
    return this.#options.tokenDetails
      ? { ...counts, prompt_tokens_details: { cached_tokens: cached, created_cache_tokens: this.#created(cached) } }
      : counts
  }

  /** Whole blocks of the prompt that were not cached yet (vllm/v1/metrics/stats.py PrefillStats.finalize, 0.32). */
  #created(cached: number): number {
    const { facts, blockTokens } = this.#options
    const promptTokens = facts.prompts[0]?.length ?? 0
    return Math.max(0, Math.floor(promptTokens / blockTokens) * blockTokens - cached)
  }
}
