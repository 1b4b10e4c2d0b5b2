import { randomBytes } from 'node:crypto'
import type { PlannedOutput } from './generate.ts'
import { encodeText } from './tokenizer.ts'

/** One call of a tool as a whole answer, in the words that vLLM's hermes parser reads (tool_parsers/hermes_tool_parser.py, 0.32). */
export interface ToolCall {
  readonly name: string
  /** JSON in ASCII, so that tokens cut no character. */
  readonly arguments: string
  readonly tokens: readonly number[]
  /** Index of the token that completes the name. */
  readonly nameToken: number
  /** Indexes of the first token of the arguments, and of the first behind them. */
  readonly argumentTokens: readonly [start: number, end: number]
  /** Of the whole call; OpenAI says "stop" after a named tool (openai/chat_completion/serving.py, 0.32). */
  readonly finishReason: 'stop' | 'tool_calls'
}

export function createToolCall(name: string, values: unknown, finishReason: ToolCall['finishReason']): ToolCall {
  const text = spacedJson(values)
  const opening = encodeText(`<tool_call>\n{"name": ${JSON.stringify(name)}`)
  const start = [...opening, ...encodeText(', "arguments": ')]
  const end = [...start, ...encodeText(text)]
  return {
    name,
    arguments: text,
    tokens: [...end, ...encodeText('}\n</tool_call>')],
    nameToken: opening.length - 1,
    argumentTokens: [start.length, end.length],
    finishReason,
  }
}

/** The call in place of a planned text; cut where `maxTokens` ends it. */
export function planCall({ tokens }: ToolCall, maxTokens: number): PlannedOutput {
  return { tokens: tokens.slice(0, maxTokens), finishReason: tokens.length > maxTokens ? 'length' : 'stop' }
}

/** What a stream says with one token of the call; undefined = nothing. */
export function callDelta(call: ToolCall, position: number, text: string): object | undefined {
  const [start, end] = call.argumentTokens
  if (position === call.nameToken) {
    return { id: callId(), type: 'function', index: 0, function: { name: call.name } }
  }
  return position >= start && position < end ? { index: 0, function: { arguments: text } } : undefined
}

export function wholeCall({ name, arguments: text }: ToolCall): object {
  return { id: callId(), type: 'function', function: { name, arguments: text } }
}

const callId = (): string => `chatcmpl-tool-${randomBytes(8).toString('hex')}`

/** Python's `json.dumps`: a space behind each comma and colon. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return asciiJson(value)
  const entries = Object.entries(value).map(
    ([name, one]: [string, unknown]) => `${asciiJson(name)}: ${spacedJson(one)}`,
  )
  return `{${entries.join(', ')}}`
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
