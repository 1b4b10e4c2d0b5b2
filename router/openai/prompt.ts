import { digest } from '../prefix/blocks.ts'
import { ByteWriter } from './byte-writer.ts'
import type { PromptShape } from './api.ts'
import { isList, isObject, type JsonObject, textOf } from './json.ts'

export interface Prompt {
  readonly bytes: Uint8Array
  /** Known where the client sent token ids, 4 bytes each. */
  readonly tokens?: number
}

/**
 * The prompt of a request as bytes for prefix hashing: a conversation that goes on starts with the bytes it had
 * before. Follows the order chat templates use (tools, system, messages in turn), so that equal prefixes of bytes go
 * with equal prefixes of tokens, and reads a text the same whether it came as a string or as parts. Total: whatever
 * the engine would refuse still has some bytes.
 */
export function promptOf(shape: PromptShape, body: JsonObject, bodyBytes: number): Prompt {
  const writer = new ByteWriter(bodyBytes + ROOM)
  switch (shape) {
    case 'chat':
      writeTools(writer, body['tools'])
      writeMessages(writer, body['messages'])
      return { bytes: writer.bytes() }
    case 'messages':
      writeTools(writer, body['tools'])
      writeSystem(writer, body['system'])
      writeMessages(writer, body['messages'])
      return { bytes: writer.bytes() }
    case 'responses':
      writeTools(writer, body['tools'])
      writeSystem(writer, body['instructions'])
      writeInput(writer, body['input'])
      return { bytes: writer.bytes() }
    case 'completions':
      return writePrompts(writer, body['prompt'])
    case 'tokens':
      return writePrompts(writer, body['token_ids'])
  }
}

const ROOM = 256
/** Bytes that UTF-8 never uses, so that no text can look like a boundary. */
const MESSAGE = 0xff
const FIELD = 0xfe
const PART = 0xfd

function writeTools(writer: ByteWriter, tools: unknown): void {
  if (!isList(tools)) return
  for (const tool of tools) {
    writer.byte(PART)
    writer.text(json(tool))
  }
}

function writeMessages(writer: ByteWriter, messages: unknown): void {
  if (!isList(messages)) return
  for (const message of messages) {
    if (!isObject(message)) writeMessage(writer, '', message)
    else if ('role' in message) writeTurn(writer, message)
    // Responses items without a role: function calls, their outputs, reasoning.
    else writeMessage(writer, textOf(message['type']) ?? '', { ...message, id: undefined, status: undefined })
  }
}

function writeSystem(writer: ByteWriter, system: unknown): void {
  if (system !== undefined && system !== null) writeMessage(writer, 'system', system)
}

function writeInput(writer: ByteWriter, input: unknown): void {
  if (typeof input === 'string') writeMessage(writer, 'user', input)
  else writeMessages(writer, input)
}

/** Beside `content`, what chat templates print of a message. */
const turnFields = ['name', 'reasoning', 'reasoning_content', 'tool_calls', 'tool_call_id']

function writeTurn(writer: ByteWriter, message: JsonObject): void {
  writeMessage(writer, textOf(message['role']) ?? '', message['content'])
  for (const field of turnFields) {
    const value = message[field]
    if (value === undefined || value === null) continue
    writer.byte(FIELD)
    writer.text(field)
    writer.byte(FIELD)
    writeContent(writer, value)
  }
}

function writeMessage(writer: ByteWriter, role: string, content: unknown): void {
  writer.byte(MESSAGE)
  writer.text(role)
  writer.byte(FIELD)
  writeContent(writer, content)
}

function writeContent(writer: ByteWriter, content: unknown): void {
  if (typeof content === 'string') return writer.text(content)
  if (content === null || content === undefined) return
  if (!isList(content)) return writer.text(json(content))
  let first = true
  for (const part of content) {
    const text = isObject(part) ? textOf(part['text']) : textOf(part)
    if (text === undefined) {
      writer.byte(PART)
      writer.text(json(part))
    } else {
      // vLLM joins text parts with a newline (entrypoints/chat_utils.py).
      if (!first) writer.text('\n')
      writer.text(text)
    }
    first = false
  }
}

/** A text, token ids, or a list of either. Several prompts in one request are one after the other. */
function writePrompts(writer: ByteWriter, prompt: unknown): Prompt {
  if (isTokenIds(prompt)) return writeTokens(writer, [prompt])
  if (isList(prompt) && prompt.length > 0 && prompt.every(isTokenIds)) return writeTokens(writer, prompt)
  const prompts = isList(prompt) ? prompt : [prompt]
  for (const [i, one] of prompts.entries()) {
    if (i > 0) writer.byte(MESSAGE)
    writeContent(writer, one)
  }
  return { bytes: writer.bytes() }
}

function isTokenIds(value: unknown): value is readonly number[] {
  return isList(value) && value.length > 0 && value.every((id) => Number.isInteger(id))
}

function writeTokens(writer: ByteWriter, prompts: readonly (readonly number[])[]): Prompt {
  let tokens = 0
  for (const ids of prompts) {
    for (const id of ids) writer.uint32(id >>> 0)
    tokens += ids.length
  }
  return { bytes: writer.bytes(), tokens }
}

/** Images, audio and files as data URLs or base64: they stand for themselves by a digest. */
const DIGEST_FROM = 1024

function json(value: unknown): string {
  try {
    return JSON.stringify(value, replaceInPart)
  } catch {
    // Only nesting deeper than the stack fails here. The engine will refuse it, and a hint may be coarse.
    return 'nested too deep'
  }
}

function replaceInPart(key: string, value: unknown): unknown {
  // Anthropic's marker moves to the newest turn; the prompt does not change with it.
  if (key === 'cache_control') return undefined
  if (typeof value !== 'string' || value.length < DIGEST_FROM) return value
  const isBlob = key === 'data' || key === 'file_data' || value.startsWith('data:')
  return isBlob ? `${value.length}:${digest(value)}` : value
}
