import { hashBlocks, prefixSeed } from '../prefix/blocks.ts'
import { blockTokensAt, type BytesPerToken, learn, unlearned } from '../prefix/bytes-per-token.ts'
import type { PromptBlocks } from '../prefix/prompt-blocks.ts'
import type { PolicyRequest } from '../scheduling/policy.ts'
import { promptOf } from './prompt.ts'
import type { ApiRequest } from './request.ts'

/** Turns requests into what policies see, and learns each model's bytes per token from what engines report. */
export class PolicyRequests {
  readonly #blockTokens: number
  readonly #ratios = new Map<string, BytesPerToken>()

  /** `blockTokens` at 4.0 bytes per token fixes the size of a block in bytes, so that keys never depend on what was learned. */
  constructor({ blockTokens }: { readonly blockTokens: number }) {
    this.#blockTokens = blockTokens
  }

  /** `model`: the one the request goes to, which for paths without a model is not in the request. */
  of(request: ApiRequest, { id, model }: { readonly id: string; readonly model: string }): SizedRequest {
    const { api, sessionId, maxOutputTokens } = request
    const { prompt, learnableBytes } = this.#prompt(request, model)
    return {
      learnableBytes,
      request: {
        id,
        model,
        prompt,
        streams: request.stream,
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(maxOutputTokens === undefined || api.kind !== 'generate' ? {} : { maxOutputTokens }),
      },
    }
  }

  /** Call with `usage.prompt_tokens` of an answer; of models that the pool serves only, which bounds what is kept. */
  learn(model: string, prompt: BytesPerToken): void {
    if (prompt.bytes > 0 && prompt.tokens > 0)
      this.#ratios.set(model, learn(this.#ratios.get(model) ?? unlearned, prompt))
  }

  #prompt(
    { api, body, bodyBytes, cacheSalt }: ApiRequest,
    model: string,
  ): { prompt: PromptBlocks; learnableBytes: number } {
    const blockBytes = this.#blockTokens * BYTES_PER_TOKEN
    const learned = blockTokensAt(this.#ratios.get(model) ?? unlearned, blockBytes)
    if (api.kind !== 'generate') {
      const promptTokens = api.kind === 'pool' ? Math.ceil((bodyBytes / blockBytes) * learned) : 0
      return { prompt: { keys: [], blockTokens: learned, promptTokens }, learnableBytes: 0 }
    }
    const { bytes, tokens } = promptOf(api.prompt, body, bodyBytes)
    const seed = prefixSeed({ model, cacheSalt })
    const keys = hashBlocks(bytes, { seed, blockBytes, maxBlocks: Math.ceil(MAX_TOKENS / this.#blockTokens) })
    if (tokens !== undefined)
      return { prompt: { keys, blockTokens: this.#blockTokens, promptTokens: tokens }, learnableBytes: 0 }
    const promptTokens = Math.ceil((bytes.length / blockBytes) * learned)
    // Anthropic's input_tokens leaves cached tokens out, so it is no measure of the prompt.
    return {
      prompt: { keys, blockTokens: learned, promptTokens },
      learnableBytes: api.prompt === 'messages' ? 0 : bytes.length,
    }
  }
}

export interface SizedRequest {
  readonly request: PolicyRequest
  /** Canonical bytes to set against the engine's token count; 0 where that would teach nothing. */
  readonly learnableBytes: number
}

const BYTES_PER_TOKEN = 4
/** Prefixes longer than the longest context in the field (1 Mi tokens) are not told apart. */
const MAX_TOKENS = 1_048_576
