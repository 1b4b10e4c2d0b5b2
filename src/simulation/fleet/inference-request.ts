import { type ChatMessage, renderChat } from './chat-template.ts'
import { FieldReader } from './field-reader.ts'
import { encodeText, vocabularySize } from './tokenizer.ts'
import type { ToolCall } from './tool-call.ts'
import { readToolCall } from './tool-request.ts'

/** What the engine needs of a chat or completions request; sampling fields, `stop` and `echo` change nothing here. */
export interface InferenceRequest {
  readonly model: string | undefined
  /** Token ids; chat has exactly one prompt. */
  readonly prompts: readonly (readonly number[])[]
  /** Answers per prompt. */
  readonly n: number
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly continuousUsage: boolean
  readonly maxTokens: number | undefined
  /** No prompt is text, so none needs the tokenizer. */
  readonly tokenized: boolean
  readonly minTokens: number
  readonly ignoreEos: boolean
  readonly cacheSalt: string | undefined
  readonly returnTokenIds: boolean
  /** What the answer has to be; undefined = any text. */
  readonly toolCall: ToolCall | undefined
  /** Used when the client sends no X-Request-Id. */
  readonly requestId: string | undefined
}

/** Throws vLLM's 400 for whatever is wrong with the body. */
export function parseChatRequest(body: unknown): InferenceRequest {
  const fields = new FieldReader(body)
  const prompt = readChatPrompt(fields)
  const limit = readMaxTokens(fields, 'max_tokens')
  const maxTokens = readMaxTokens(fields, 'max_completion_tokens') ?? limit
  const common = readCommon(fields)
  const toolCall = readToolCall(fields)
  fields.finish()
  return { ...common, prompts: [prompt], maxTokens, toolCall, tokenized: false }
}

/** Throws vLLM's 400 for whatever is wrong with the body. */
export function parseCompletionRequest(body: unknown): InferenceRequest {
  const fields = new FieldReader(body)
  const prompts = readPrompts(fields, 'prompt')
  const common = readCommon(fields)
  // The default of 16 is OpenAI's and vLLM's (openai/completion/protocol.py).
  const maxTokens = readMaxTokens(fields, 'max_tokens') ?? 16
  if (prompts.length * common.n > maxAnswers) fields.problem('prompt', `prompts x n must be at most ${maxAnswers}`)
  fields.finish()
  const tokenized = ![fields.raw('prompt')].flat().some((prompt) => typeof prompt === 'string')
  return { ...common, prompts, maxTokens, toolCall: undefined, tokenized }
}

/** Tokens of the chat in `messages` and `tools`; problems stay in `fields`. */
export function readChatPrompt(fields: FieldReader): number[] {
  const raw = fields.list('messages') ?? []
  if (fields.raw('messages') === undefined) fields.problem('messages', 'field required')
  else if (raw.length === 0) fields.refuse('The chat template needs at least one message', null)
  const tools = fields.list('tools')
  const generationPrompt = fields.raw('add_generation_prompt') === undefined || fields.flag('add_generation_prompt')
  const messages = raw.map((one, index) => readMessage(fields, one, index)).filter((message) => message !== undefined)
  return renderChat(messages, { tools: tools === undefined ? undefined : JSON.stringify(tools), generationPrompt })
}

const maxAnswers = 2048

type CommonFields = Omit<InferenceRequest, 'prompts' | 'maxTokens' | 'toolCall' | 'tokenized'>

function readCommon(fields: FieldReader): CommonFields {
  const model = fields.text('model')
  const n = fields.integer('n', { max: maxAnswers }) ?? 1
  if (n < 1) fields.refuse(`n is ${n}, expected at least 1`, null)
  // Two answers without chance would be the same (vllm/sampling_params.py _verify_greedy_sampling, 0.32).
  if (n > 1 && fields.raw('temperature') === 0) fields.refuse(`n is ${n}, expected 1 at temperature 0`, null)
  const stream = fields.flag('stream')
  const streamOptions = fields.nested('stream_options')
  if (streamOptions !== undefined && !stream) {
    fields.refuse('stream options can only be defined when `stream=True`', 'stream_options')
  }
  const includeUsage = streamOptions?.flag('include_usage') ?? false
  const cacheSalt = fields.text('cache_salt', { maxLength: 1024 })
  if (cacheSalt === '') fields.refuse('cache_salt must be a non-empty string', 'cache_salt')
  const minTokens = fields.integer('min_tokens') ?? 0
  if (minTokens < 0) fields.refuse(`min_tokens is ${minTokens}, expected at least 0`, null)
  return {
    model,
    n,
    stream,
    includeUsage,
    // Alone it does nothing (serve/utils/api_utils.py should_include_usage, 0.32).
    continuousUsage: includeUsage && (streamOptions?.flag('continuous_usage_stats') ?? false),
    minTokens,
    ignoreEos: fields.flag('ignore_eos'),
    cacheSalt,
    returnTokenIds: fields.flag('return_token_ids'),
    requestId: fields.text('request_id'),
  }
}

function readMaxTokens(fields: FieldReader, name: string): number | undefined {
  const value = fields.integer(name)
  if (value !== undefined && value < 1) fields.refuse(`${name} is ${value}, expected at least 1`, 'max_tokens')
  return value
}

function readMessage(fields: FieldReader, raw: unknown, index: number): ChatMessage | undefined {
  // pydantic tries the kinds of messages in turn; the first that failed is named.
  const at = `messages.${index}.ChatCompletionDeveloperMessageParam`
  if (typeof raw !== 'object' || raw === null) return fields.problem(at, 'expected an object')
  const { role, content, tool_calls: toolCalls }: { role?: unknown; content?: unknown; tool_calls?: unknown } = raw
  if (typeof role !== 'string') return fields.problem(`${at}.role`, 'expected a string')
  const text = content === null && role !== 'assistant' ? undefined : contentText(content)
  if (text === undefined) return fields.problem(`${at}.content`, 'expected a string or a list of content parts')
  return { role, content: toolCalls === undefined ? text : text + JSON.stringify(toolCalls) }
}

/** Text parts as they are, others (images, audio) as their JSON: equal parts, equal tokens. */
function contentText(content: unknown): string | undefined {
  if (content === undefined || content === null) return ''
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const parts: readonly unknown[] = content
  return parts.map(partText).join('\n')
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part
  if (typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string') return part.text
  return JSON.stringify(part)
}

/** A string, a list of strings, token ids, or a list of token-id lists. */
function readPrompts(fields: FieldReader, name: string): readonly (readonly number[])[] {
  const raw = fields.raw(name)
  if (raw === undefined || raw === '') {
    fields.refuse(`${name} must be given and not empty`, name)
    return []
  }
  if (typeof raw === 'string') return [encodeText(raw)]
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
  if (list.length === 0) fields.refuse('At least one prompt is needed', null)
  const prompts = list.length > 0 && isTokenIds(list) ? [list] : list.map(promptTokens)
  const known = prompts.filter((prompt) => prompt !== undefined)
  if (!Array.isArray(raw) || known.length < prompts.length)
    fields.problem(name, 'expected text or token ids, or a non-empty list of either')
  if (known.some((prompt) => prompt.length === 0)) fields.refuse('A prompt cannot be empty', null)
  if (known.flat().some((id) => id >= vocabularySize)) fields.refuse('A token id is out of vocabulary', null)
  return known
}

function promptTokens(raw: unknown): readonly number[] | undefined {
  if (typeof raw === 'string') return encodeText(raw)
  return Array.isArray(raw) && isTokenIds(raw) ? raw : undefined
}

export function isTokenIds(list: readonly unknown[]): list is readonly number[] {
  return list.every((id) => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0)
}
