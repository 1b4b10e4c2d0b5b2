import { type FieldReader, isRecord } from './field-reader.ts'
import { exampleOf } from './json-example.ts'
import { createToolCall, type ToolCall } from './tool-call.ts'

/**
 * The call that `tool_choice` forces, as a vLLM with --enable-auto-tool-choice and --tool-call-parser hermes would make
 * it; "auto" and "none" leave a text. Problems stay in `fields` (openai/chat_completion/protocol.py check_tool_usage, 0.32).
 */
export function readToolCall(fields: FieldReader): ToolCall | undefined {
  const list = fields.list('tools')
  if (list?.length === 0) fields.refuse('tools must not be empty', 'tools')
  const tools = (list ?? []).map((tool, index) => readTool(fields, tool, index)).filter((tool) => tool !== undefined)
  const choice = fields.raw('tool_choice')
  if (choice === undefined || choice === 'none') return undefined
  if (list === undefined) return fields.refuse('tool_choice needs tools', 'tool_choice')
  if (choice === 'auto') return undefined
  if (choice === 'required') return forced(tools[0], 'tool_calls')
  if (!isRecord(choice))
    return fields.refuse('tool_choice is none of "none", "auto", "required" and a tool', 'tool_choice')
  const name = readName(fields, choice)
  if (name === undefined) return undefined
  const named = tools.find((tool) => tool.name === name)
  if (named === undefined) return fields.refuse('tool_choice names none of the tools', 'tool_choice')
  const { type = 'function' } = choice
  return type === 'function' ? forced(named, 'stop') : fields.problem('tool_choice', 'expected the type "function"')
}

interface Tool {
  readonly name: string
  /** A JSON schema. */
  readonly parameters: unknown
}

function forced(tool: Tool | undefined, finishReason: ToolCall['finishReason']): ToolCall | undefined {
  return tool === undefined ? undefined : createToolCall(tool.name, exampleOf(tool.parameters), finishReason)
}

function readTool(fields: FieldReader, raw: unknown, index: number): Tool | undefined {
  const at = `tools.${index}`
  if (!isRecord(raw)) return fields.problem(at, 'expected an object')
  const { type = 'function', function: called } = raw
  if (type !== 'function') return fields.problem(`${at}.type`, 'expected "function"')
  if (!isRecord(called)) return fields.problem(`${at}.function`, 'expected an object')
  const { name, parameters } = called
  if (typeof name !== 'string') return fields.problem(`${at}.function.name`, 'expected a string')
  if (parameters === undefined || parameters === null) return { name, parameters: anyObject }
  if (!isRecord(parameters)) return fields.problem(`${at}.function.parameters`, 'expected an object')
  return { name, parameters: { ...anyObject, ...parameters } }
}

const anyObject = { type: 'object' }

function readName(fields: FieldReader, { function: called }: Readonly<Record<string, unknown>>): string | undefined {
  if (!isRecord(called)) return fields.refuse('tool_choice has no function', 'tool_choice.function')
  const { name } = called
  if (typeof name === 'string' && name !== '') return name
  return fields.refuse('tool_choice names no function', 'tool_choice.function.name')
}
