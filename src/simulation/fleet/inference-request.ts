import { type ChatMessage, renderChat } from './chat-template.ts'
import { FieldReader } from './field-reader.ts'
import { encodeText, vocabularySize } from './tokenizer.ts'

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
  readonly minTokens: number
  readonly ignoreEos: boolean
  readonly cacheSalt: string | undefined
  readonly returnTokenIds: boolean
  /** Used when the client sends no X-Request-Id. */
  readonly requestId: string | undefined
}

/** Throws vLLM's 400 for whatever is wrong with the body. */
export function parseChatRequest(body: unknown): InferenceRequest {
  const fields = new FieldReader(body)
  const prompt = readChatPrompt(fields)
  const common = readCommon(fields)
  const maxTokens = fields.integer('max_completion_tokens', { min: 1 }) ?? fields.integer('max_tokens', { min: 1 })
  fields.finish()
  return { ...common, prompts: [prompt], maxTokens }
}

/** Throws vLLM's 400 for whatever is wrong with the body. */
export function parseCompletionRequest(body: unknown): InferenceRequest {
  const fields = new FieldReader(body)
  const prompts = readPrompts(fields, 'prompt')
  const common = readCommon(fields)
  // The default of 16 is OpenAI's and vLLM's (openai/completion/protocol.py).
  const maxTokens = fields.integer('max_tokens', { min: 1 }) ?? 16
  if (prompts.length * common.n > maxAnswers) fields.problem('prompt', `prompts x n must be at most ${maxAnswers}`)
  fields.finish()
  return { ...common, prompts, maxTokens }
}

/** Tokens of the chat in `messages` and `tools`; problems stay in `fields`. */
export function readChatPrompt(fields: FieldReader): number[] {
  const raw = fields.list('messages') ?? []
  if (fields.raw('messages') === undefined) fields.problem('messages', 'field required')
  const tools = fields.list('tools')
  const generationPrompt = fields.raw('add_generation_prompt') === undefined || fields.flag('add_generation_prompt')
  const messages = raw.map((one, index) => readMessage(fields, one, index)).filter((message) => message !== undefined)
  return renderChat(messages, { tools: tools === undefined ? undefined : JSON.stringify(tools), generationPrompt })
}

const maxAnswers = 2048

type CommonFields = Omit<InferenceRequest, 'prompts' | 'maxTokens'>

function readCommon(fields: FieldReader): CommonFields {
  const stream = fields.flag('stream')
  const streamOptions = fields.nested('stream_options')
  if (streamOptions !== undefined && !stream) {
    fields.problem('stream_options', 'stream options can only be defined when `stream=True`')
  }
  return {
    model: fields.text('model'),
    n: fields.integer('n', { min: 1, max: maxAnswers }) ?? 1,
    stream,
    // pydantic default of StreamOptions.include_usage, once stream_options is given (openai/engine/protocol.py).
    includeUsage:
      streamOptions !== undefined &&
      (streamOptions.raw('include_usage') === undefined || streamOptions.flag('include_usage')),
    continuousUsage: streamOptions?.flag('continuous_usage_stats') ?? false,
    minTokens: fields.integer('min_tokens', { min: 0 }) ?? 0,
    ignoreEos: fields.flag('ignore_eos'),
    cacheSalt: fields.text('cache_salt', { minLength: 1, maxLength: 1024 }),
    returnTokenIds: fields.flag('return_token_ids'),
    requestId: fields.text('request_id'),
  }
}

function readMessage(fields: FieldReader, raw: unknown, index: number): ChatMessage | undefined {
  const at = `messages.${index}`
  if (typeof raw !== 'object' || raw === null) return fields.problem(at, 'expected an object')
  const { role, content, tool_calls: toolCalls }: { role?: unknown; content?: unknown; tool_calls?: unknown } = raw
  if (typeof role !== 'string') return fields.problem(`${at}.role`, 'expected a string')
  const text = contentText(content)
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
  if (typeof raw === 'string') return [encodeText(raw)]
  const list: readonly unknown[] = Array.isArray(raw) ? raw : []
  const prompts = isTokenIds(list) ? [list] : list.map(promptTokens)
  const known = prompts.filter((prompt) => prompt !== undefined)
  if (known.length === 0 || known.length < prompts.length || known.some((prompt) => prompt.length === 0)) {
    fields.problem(name, `expected text or token ids below ${vocabularySize}, or a non-empty list of either`)
  }
  return known
}

function promptTokens(raw: unknown): readonly number[] | undefined {
  if (typeof raw === 'string') return encodeText(raw)
  return Array.isArray(raw) && isTokenIds(raw) ? raw : undefined
}

/** A non-empty list of ids this tokenizer knows. */
export function isTokenIds(list: readonly unknown[]): list is readonly number[] {
  return (
    list.length > 0 &&
    list.every((id) => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 && id < vocabularySize)
  )
}
