import { broken, generatedTokens, isWholeNumber, outputLength, promptLength } from './trace-line.ts'
import type { TraceFormat, TraceLine } from './trace-line.ts'
import type { ContentSpan } from './trace.ts'

/** Tokens that one hash id stands for (kvcache-ai/Mooncake, `FAST25-release/traces/`). */
export const mooncakeBlockTokens = 512

/**
 * Mooncake JSONL: `timestamp` (ms), `input_length`, `output_length` (tokens) and `hash_ids`, one id per 512-token
 * block of the prompt, the last block partial. Two keys of our own are read where present: `session_id` (text), and
 * `content`, pairs of id and tokens that say more finely than `hash_ids` what prompt and answer are (see `Trace`).
 */
export const mooncakeFormat: TraceFormat = {
  name: 'Mooncake JSONL',
  shape: '{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, …]}',
  recognises: (line) => line.trimStart().startsWith('{'),
  parseLine: (line) => {
    if (line.trim() === '') return { kind: 'empty' }
    const value = parseObject(line)
    return value === undefined ? broken('the line', line, 'a JSON object') : parseRequest(value)
  },
}

type JsonObject = Readonly<Record<string, unknown>>

function parseObject(line: string): JsonObject | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // The line itself, shown by the caller, says more than V8's message about it.
    return undefined
  }
  return isObject(value) ? value : undefined
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseRequest(line: JsonObject): TraceLine {
  const { timestamp, input_length: input, output_length: output, hash_ids: hashIds, session_id: sessionId } = line
  if (typeof timestamp !== 'number' || timestamp < 0 || timestamp > Number.MAX_SAFE_INTEGER) {
    return broken('timestamp', timestamp, 'milliseconds, 0 or more')
  }
  if (!isWholeNumber(input, promptLength)) return broken('input_length', input, promptLength.expected)
  if (!isWholeNumber(output, outputLength)) return broken('output_length', output, outputLength.expected)
  if (!isIdList(hashIds)) return broken('hash_ids', hashIds, 'a list of whole numbers, 0 or more')
  const blocks = Math.ceil(input / mooncakeBlockTokens)
  if (hashIds.length !== blocks) {
    return broken('hash_ids', `${hashIds.length} ids`, `${blocks} (one per 512 tokens of input_length ${input})`)
  }
  if (sessionId !== undefined && typeof sessionId !== 'string') return broken('session_id', sessionId, 'a text')
  const outputTokens = generatedTokens(output)
  const content = line['content'] === undefined ? toSpans(hashIds, input) : parseContent(line['content'])
  const described = content?.reduce((sum, { tokens }) => sum + tokens, 0)
  if (content === undefined || (described !== input && described !== input + outputTokens)) {
    return broken('content', line['content'], `pairs [id, tokens] of ${input} or ${input + outputTokens} tokens in all`)
  }
  const request = { atMs: timestamp, promptTokens: input, outputTokens, content }
  return { kind: 'request', request: sessionId === undefined ? request : { ...request, sessionId } }
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isId = (value: unknown): value is number => isWholeNumber(value, { min: 0, max: Number.MAX_SAFE_INTEGER })
const isIdList = (value: unknown): value is readonly number[] => isList(value) && value.every(isId)

function toSpans(hashIds: readonly number[], promptTokens: number): readonly ContentSpan[] {
  return hashIds.map((id, block) => ({
    id,
    tokens: Math.min(mooncakeBlockTokens, promptTokens - block * mooncakeBlockTokens),
  }))
}

function parseContent(value: unknown): readonly ContentSpan[] | undefined {
  if (!isList(value)) return undefined
  const spans: ContentSpan[] = []
  for (const pair of value) {
    if (!isList(pair) || pair.length !== 2) return undefined
    const [id, tokens] = pair
    if (!isId(id) || !isWholeNumber(tokens, promptLength)) return undefined
    spans.push({ id, tokens })
  }
  return spans
}
