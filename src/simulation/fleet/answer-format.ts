import { callDelta, type ToolCall, wholeCall } from './tool-call.ts'

/** What every chunk of one answer repeats. */
export interface AnswerFacts {
  readonly id: string
  /** Unix seconds. */
  readonly created: number
  readonly model: string
  readonly prompts: readonly (readonly number[])[]
  /** Answers per prompt; choice `i` answers prompt `floor(i / n)`. */
  readonly n: number
  readonly returnTokenIds: boolean
  /** What the answers are instead of text. */
  readonly toolCall: ToolCall | undefined
}

export interface AnswerDelta {
  readonly choice: number
  readonly text: string
  readonly tokens: readonly number[]
  readonly finishReason: string | null
  /** Of the token in its choice, from 0; undefined = an end without a token. */
  readonly position: number | undefined
}

export interface AnswerChoice {
  readonly text: string
  readonly tokens: readonly number[]
  readonly finishReason: string
}

export interface Usage {
  readonly prompt_tokens: number
  readonly total_tokens: number
  readonly completion_tokens: number
  readonly prompt_tokens_details?: PromptTokensDetails | null
  readonly completion_tokens_details?: null
}

export interface PromptTokensDetails {
  readonly cached_tokens: number
  /** Prompt tokens newly put into the prefix cache; chat alone tells them. */
  readonly created_cache_tokens?: number | null
  readonly multimodal_tokens?: null
}

/** How one API words its answers, field by field as vLLM (openai/{chat_completion,completion}/serving.py, 0.32). */
export interface AnswerFormat {
  readonly idPrefix: string
  /** Chunks before the first token. */
  opening(facts: AnswerFacts): readonly object[]
  /** Undefined = the stream says nothing of this token. */
  chunk(facts: AnswerFacts, delta: AnswerDelta): object | undefined
  /** The last chunk, when usage is asked for. */
  usageChunk(facts: AnswerFacts, usage: Usage): object
  /** Usage so far, in chunks that carry it. */
  runningUsage(usage: Usage): Usage
  whole(facts: AnswerFacts, choices: readonly AnswerChoice[], usage: Usage): object
}

export const chatFormat: AnswerFormat = {
  idPrefix: 'chatcmpl',
  opening(facts) {
    return Array.from({ length: facts.n }, (_, index) => ({
      ...chatChunk(facts, [{ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }]),
      prompt_token_ids: facts.returnTokenIds ? facts.prompts[0] : null,
      prompt_text: null,
    }))
  },
  chunk(facts, { choice, text, tokens, finishReason, position }) {
    const ids = facts.returnTokenIds ? tokens : null
    const end = finishReason === null ? {} : { stop_reason: null }
    const delta = messageDelta(facts.toolCall, position, text)
    if (delta === undefined && finishReason === null && ids === null) return undefined
    const body = {
      index: choice,
      delta: delta ?? {},
      logprobs: null,
      finish_reason: chatReason(facts.toolCall, finishReason),
      ...end,
      token_ids: ids,
    }
    return chatChunk(facts, [body])
  },
  usageChunk: (facts, usage) => ({ ...chatChunk(facts, []), usage }),
  runningUsage: (usage) => ({ ...usage, completion_tokens_details: null }),
  whole: (facts, choices, usage) => ({
    id: facts.id,
    object: 'chat.completion',
    created: facts.created,
    model: facts.model,
    choices: choices.map(({ text, tokens, finishReason }, index) => ({
      index,
      message: {
        role: 'assistant',
        ...messageContent(facts.toolCall, text, finishReason),
        refusal: null,
        annotations: null,
        audio: null,
        function_call: null,
        reasoning: null,
      },
      logprobs: null,
      finish_reason: chatReason(facts.toolCall, finishReason),
      stop_reason: null,
      token_ids: facts.returnTokenIds ? tokens : null,
      routed_experts: null,
    })),
    service_tier: null,
    system_fingerprint: systemFingerprint,
    usage,
    prompt_logprobs: null,
    prompt_token_ids: facts.returnTokenIds ? facts.prompts[0] : null,
    prompt_text: null,
    ...unusedFeatures,
  }),
}

export const completionFormat: AnswerFormat = {
  idPrefix: 'cmpl',
  opening: () => [],
  chunk(facts, { choice, text, tokens, finishReason, position }) {
    const promptIds = facts.returnTokenIds && position === 0 ? promptOf(facts, choice) : null
    const ids = facts.returnTokenIds ? tokens : null
    const rest = { finish_reason: finishReason, stop_reason: null, prompt_token_ids: promptIds, token_ids: ids }
    return completionChunk(facts, [{ index: choice, text, logprobs: null, ...rest }])
  },
  usageChunk: (facts, usage) => ({ ...completionChunk(facts, []), usage: withoutCreated(usage) }),
  runningUsage: (usage) => usage,
  whole: (facts, choices, usage) => ({
    ...completionChunk(
      facts,
      choices.map(({ text, tokens, finishReason }, index) => ({
        index,
        text,
        logprobs: null,
        finish_reason: finishReason,
        stop_reason: null,
        token_ids: facts.returnTokenIds ? tokens : null,
        prompt_logprobs: null,
        prompt_token_ids: facts.returnTokenIds ? promptOf(facts, index) : null,
        routed_experts: null,
      })),
    ),
    service_tier: null,
    system_fingerprint: systemFingerprint,
    usage: withoutCreated(usage, null),
    ...unusedFeatures,
  }),
}

/** The release whose surface this is, marked as a local build (PEP 440). */
export const simulatedVersion = '0.32.0+simulated'

/** vLLM's is its version and a hash of its configuration; in a stream it is on the last chunk. */
export const systemFingerprint = `vllm-${simulatedVersion}-00000000`

const unusedFeatures = { kv_transfer_params: null, ec_transfer_params: null, metrics: null }

/** Completions do not tell what they put into the cache: null in a whole answer, left out of a stream. */
function withoutCreated(usage: Usage, created?: null): Usage {
  const details = usage.prompt_tokens_details
  if (details === undefined || details === null) return usage
  const { created_cache_tokens: _, ...told } = details
  return { ...usage, prompt_tokens_details: created === null ? { ...told, created_cache_tokens: null } : told }
}

/** A call that was cut short stays the text it is (tool_parsers/hermes_tool_parser.py extract_tool_calls, 0.32). */
function messageContent(call: ToolCall | undefined, text: string, finishReason: string): object {
  return call !== undefined && finishReason === 'stop'
    ? { content: '', tool_calls: [wholeCall(call)] }
    : { content: text }
}

function messageDelta(call: ToolCall | undefined, position: number | undefined, text: string): object | undefined {
  if (call === undefined) return { content: text }
  const delta = position === undefined ? undefined : callDelta(call, position, text)
  return delta === undefined ? undefined : { content: null, tool_calls: [delta] }
}

function chatReason(call: ToolCall | undefined, finishReason: string | null): string | null {
  return call !== undefined && finishReason === 'stop' ? call.finishReason : finishReason
}

function chatChunk({ id, created, model }: AnswerFacts, choices: readonly object[]): object {
  return { id, object: 'chat.completion.chunk', created, model, choices }
}

function completionChunk({ id, created, model }: AnswerFacts, choices: readonly object[]): object {
  return { id, object: 'text_completion', created, model, choices }
}

function promptOf({ prompts, n }: AnswerFacts, choice: number): readonly number[] | undefined {
  return prompts[Math.floor(choice / n)]
}
