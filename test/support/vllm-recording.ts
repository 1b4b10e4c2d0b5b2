import { readFileSync } from 'node:fs'
import type { RecordedAnswer } from './answer-shape.ts'
import { repositoryPath } from './repository.ts'
import { field } from './simulated-fleet.ts'

export interface Exchange {
  readonly request: {
    readonly name: string
    readonly path: string
    readonly method?: string
    readonly body?: unknown
    readonly contentType?: string
  }
  readonly answer: RecordedAnswer
}

const plainGroups = ['completions', 'chats', 'facts', 'refusals'] as const
/** Of a server started with a tool parser. */
const toolGroups = ['toolChats', 'toolRefusals'] as const
export type ExchangeGroup = (typeof plainGroups | typeof toolGroups)[number]
type Recording = Readonly<Record<ExchangeGroup, readonly Exchange[]>>

/** Requests and what a real vLLM answered, in the order they were sent; each group began with an empty cache. */
export function recordedExchanges(): Recording {
  const plain: unknown = JSON.parse(read('exchanges.json'))
  const tools: unknown = JSON.parse(read('tools.json'))
  if (!isRecording(plain, plainGroups)) throw new Error('exchanges.json is no recording')
  if (!isRecording(tools, toolGroups)) throw new Error('tools.json is no recording')
  return { ...plain, ...tools }
}

/** Payloads of KV event batches, in order. */
export function recordedEvents(): readonly Uint8Array[] {
  const batches = field(JSON.parse(read('kv-events.json')), 'batches')
  if (!Array.isArray(batches)) throw new Error('kv-events.json is no recording')
  return batches.map((hex) => Buffer.from(String(hex), 'hex'))
}

function isRecording<Group extends ExchangeGroup>(
  raw: unknown,
  groups: readonly Group[],
): raw is Readonly<Record<Group, readonly Exchange[]>> {
  return groups.every((group) => {
    const exchanges = field(raw, group)
    return Array.isArray(exchanges) && exchanges.every(isExchange)
  })
}

function isExchange(raw: unknown): raw is Exchange {
  const texts = [field(field(raw, 'request'), 'path'), field(field(raw, 'answer'), 'text')]
  return texts.every((text) => typeof text === 'string')
}

const read = (name: string): string => readFileSync(repositoryPath(`test/fixtures/vllm/0.32.0/${name}`), 'utf8')
