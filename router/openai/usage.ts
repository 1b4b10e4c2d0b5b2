import { EventCount } from './event-count.ts'
import { FirstToken } from './first-token.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'
import { Tail } from './tail.ts'

/** What an answer says of itself; absent = not said. */
export interface AnswerFacts {
  readonly promptTokens?: number
  readonly outputTokens?: number
  readonly cachedTokens?: number
  readonly finishReason?: string
  /** Of a stream: events passed on. vLLM sends about one per token. */
  readonly streamEvents?: number
  /** An error event came under HTTP 200. */
  readonly error: boolean
  /** `data: [DONE]` came last. */
  readonly done: boolean
}

/** `opaque`: compressed or of another type, so nothing is read. */
export type AnswerKind = 'events' | 'json' | 'opaque'

export function answerKind(contentType: string | undefined, contentEncoding: string | undefined): AnswerKind {
  if (contentEncoding !== undefined && contentEncoding !== 'identity') return 'opaque'
  if (contentType?.startsWith('text/event-stream') === true) return 'events'
  return contentType?.startsWith('application/json') === true ? 'json' : 'opaque'
}

/**
 * Watches the bytes of an answer as they pass. Per chunk it looks for the first token until that is found, then only
 * keeps the newest `TAIL_BYTES`; usage, finish reason and errors stand at the end of an answer (vLLM
 * entrypoints/openai: `usage` is in the last chunk, or follows `choices`) and are read once, from there.
 */
export class AnswerReader {
  readonly #kind: AnswerKind
  readonly #first = new FirstToken()
  readonly #events = new EventCount()
  readonly #tail: Tail | undefined
  #firstSeen = false

  constructor(kind: AnswerKind) {
    this.#kind = kind
    this.#tail = kind === 'opaque' ? undefined : new Tail(TAIL_BYTES)
  }

  /** True once: for the chunk that brought the first token, which in an answer that is no stream is the first chunk. */
  push(chunk: Uint8Array): boolean {
    this.#tail?.write(chunk)
    if (this.#kind === 'events') this.#events.push(chunk)
    if (this.#firstSeen || chunk.length === 0) return false
    this.#firstSeen = this.#kind !== 'events' || this.#first.push(chunk)
    return this.#firstSeen
  }

  facts(): AnswerFacts {
    if (this.#tail === undefined) return { error: false, done: false }
    const text = this.#tail.text()
    const finishReason =
      lastMatch(text, /"finish_reason"\s*:\s*"(\w+)"/g) ?? lastMatch(text, /"stop_reason"\s*:\s*"(\w+)"/g)
    return {
      ...usageOf(lastUsage(text)),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(this.#events.events > 0 ? { streamEvents: this.#events.events } : {}),
      error: this.#kind === 'events' && ERROR_EVENT.test(text),
      done: this.#kind === 'events' && /(?:^|\n)data: ?\[DONE\]\s*$/.test(text),
    }
  }
}

const TAIL_BYTES = 16_384
/** `{"error":…}` of vLLM and OpenAI; `{"type":"error",…}` of Anthropic and the Responses API. */
const ERROR_EVENT = /(?:^|\n)data: ?\{\s*"(?:error"\s*:|type"\s*:\s*"error")/

/** Inside JSON strings quotes are escaped, so the bytes `"usage"` are a key, or at most a whole string value. */
function lastUsage(text: string): JsonObject {
  let at = text.length
  for (let tries = 0; tries < MOST_TRIES && at > 0; tries++) {
    at = text.lastIndexOf(KEY, at - 1)
    if (at < 0) break
    const start = /^\s*:\s*(?=\{)/.exec(text.slice(at + KEY.length, at + KEY.length + LONGEST_GAP))
    const object = start === null ? undefined : objectAt(text, at + KEY.length + start[0].length)
    if (object !== undefined) return object
  }
  return {}
}

const KEY = '"usage"'
const LONGEST_GAP = 64
/** Bounds the work on garbage. */
const MOST_TRIES = 4

/** The JSON object that starts at `from`, if it is whole. Usage holds no strings, so braces can be counted. */
function objectAt(text: string, from: number): JsonObject | undefined {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === OPEN) depth++
    else if (code === CLOSE && --depth === 0) return parsed(text.slice(from, i + 1))
  }
  return undefined
}

const OPEN = 0x7b
const CLOSE = 0x7d

function parsed(text: string): JsonObject | undefined {
  const value = parseJson(text)
  return isObject(value) ? value : undefined
}

/** The three dialects: chat and completions, Responses (`input_tokens_details`), Anthropic (`cache_read_input_tokens`). */
function usageOf(usage: JsonObject): Pick<AnswerFacts, 'promptTokens' | 'outputTokens' | 'cachedTokens'> {
  const promptTokens = tokenCount(usage['prompt_tokens']) ?? tokenCount(usage['input_tokens'])
  const outputTokens = tokenCount(usage['completion_tokens']) ?? tokenCount(usage['output_tokens'])
  const details = usage['prompt_tokens_details'] ?? usage['input_tokens_details']
  const cachedTokens = tokenCount(isObject(details) ? details['cached_tokens'] : usage['cache_read_input_tokens'])
  return {
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
  }
}

const tokenCount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

function lastMatch(text: string, pattern: RegExp): string | undefined {
  let found: string | undefined
  for (const [, captured] of text.matchAll(pattern)) found = captured
  return found
}
