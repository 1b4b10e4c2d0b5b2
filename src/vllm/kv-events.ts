import { decode } from '@msgpack/msgpack'
import { WarmpathError } from '../errors.ts'

/** A block hash as engines send it: uint64 (vLLM's default; signed values are read as their unsigned twin) or raw bytes as lower-case hex. */
export type EventHash = bigint | string

/** One event says: these consecutive blocks are now cached, `parent` before the first of them. */
export interface BlockStored {
  readonly kind: 'stored'
  readonly hashes: readonly EventHash[]
  readonly parent: EventHash | undefined
  /** Tokens of the whole range; not `hashes.length * blockTokens` long where blocks were skipped (sliding window, Mamba). */
  readonly tokens: readonly number[]
  readonly blockTokens: number
  readonly loraId: number | undefined
  readonly loraName: string | undefined
  /** "GPU", "CPU", "STORAGE", …; spelling and case vary by sender. */
  readonly medium: string | undefined
  /** One entry per block: what its hash covers beside its tokens. */
  readonly extraKeys: readonly (readonly ExtraKey[] | undefined)[] | undefined
  readonly group: number | undefined
  readonly specKind: string | undefined
  readonly slidingWindow: number | undefined
  readonly locality: string | undefined
}

export interface BlockRemoved {
  readonly kind: 'removed'
  readonly hashes: readonly EventHash[]
  readonly medium: string | undefined
  readonly group: number | undefined
  readonly locality: string | undefined
}

export interface AllBlocksCleared {
  readonly kind: 'cleared'
}

export type KvEvent = BlockStored | BlockRemoved | AllBlocksCleared
export type ExtraKey = ExtraScalar | readonly ExtraScalar[]
export type ExtraScalar = string | number | bigint | boolean | Uint8Array | undefined

/** What one engine step changed in the cache of one data-parallel rank. */
export interface KvEventBatch {
  /** Unix time of the sender. */
  readonly tsSeconds: number
  readonly events: readonly KvEvent[]
  readonly rank: number | undefined
}

export type KvEventsResult =
  | { readonly ok: true; readonly batch: KvEventBatch }
  | { readonly ok: false; readonly error: WarmpathError }

/** Positions in the array form, tag first (struct fields of vllm/distributed/kv_events.py; older senders stop earlier). */
export const storedOrder = [
  'block_hashes',
  'parent_block_hash',
  'token_ids',
  'block_size',
  'lora_id',
  'medium',
  'lora_name',
  'extra_keys',
  'group_idx',
  'kv_cache_spec_kind',
  'kv_cache_spec_sliding_window',
  'locality',
] as const
export const removedOrder = ['block_hashes', 'medium', 'group_idx', 'locality'] as const
const batchOrder = ['ts', 'events', 'data_parallel_rank'] as const

/** Bounds on what is built from a payload: a prompt of 4 M tokens in one event is beyond any engine. */
const limits = {
  maxArrayLength: 2 ** 22,
  maxMapLength: 64,
  maxStrLength: 2 ** 16,
  maxBinLength: 2 ** 16,
  maxExtLength: 0,
}

/**
 * Reads one msgpack payload of vLLM's KV event publisher, whichever shape its release sends: events as maps (v0.23 and
 * later) or arrays of any published length, a batch as array or map. Unknown keys and unknown event tags are skipped.
 * Never throws: whatever else is wrong comes back as `KV_EVENTS_MALFORMED`.
 */
export function decodeKvEvents(payload: Uint8Array): KvEventsResult {
  try {
    return { ok: true, batch: readBatch(decode(payload, { useBigInt64: true, ...limits })) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return { ok: false, error: new WarmpathError('KV_EVENTS_MALFORMED', `Cannot decode KV events: ${why}`, { cause }) }
  }
}

type Get = (name: string) => unknown

function readBatch(raw: unknown): KvEventBatch {
  const get = fields(raw, batchOrder, 0, 'batch')
  const events = array(get('events'), 'events').map(readEvent)
  return {
    tsSeconds: float(get('ts'), 'ts'),
    events: events.filter((event) => event !== undefined),
    rank: optional(get('data_parallel_rank'), integer, 'data_parallel_rank'),
  }
}

function readEvent(raw: unknown): KvEvent | undefined {
  const tag = fields(raw, ['type'], 0, 'event')('type')
  switch (tag) {
    case 'BlockStored':
      return readStored(fields(raw, storedOrder, 1, tag))
    case 'BlockRemoved':
      return readRemoved(fields(raw, removedOrder, 1, tag))
    case 'AllBlocksCleared':
      return { kind: 'cleared' }
    default:
      text(tag, 'event tag')
      return undefined
  }
}

function readStored(get: Get): BlockStored {
  return {
    kind: 'stored',
    hashes: array(get('block_hashes'), 'block_hashes').map((one) => eventHash(one, 'block_hashes')),
    parent: optional(get('parent_block_hash'), eventHash, 'parent_block_hash'),
    tokens: array(get('token_ids'), 'token_ids').map((one) => integer(one, 'token_ids')),
    blockTokens: integer(get('block_size'), 'block_size'),
    loraId: optional(get('lora_id'), integer, 'lora_id'),
    loraName: optional(get('lora_name'), text, 'lora_name'),
    medium: optional(get('medium'), text, 'medium'),
    extraKeys: optional(
      get('extra_keys'),
      (raw, name) => array(raw, name).map((one) => optional(one, extraKeys, name)),
      'extra_keys',
    ),
    group: optional(get('group_idx'), integer, 'group_idx'),
    specKind: optional(get('kv_cache_spec_kind'), text, 'kv_cache_spec_kind'),
    slidingWindow: optional(get('kv_cache_spec_sliding_window'), integer, 'kv_cache_spec_sliding_window'),
    locality: optional(get('locality'), text, 'locality'),
  }
}

function readRemoved(get: Get): BlockRemoved {
  return {
    kind: 'removed',
    hashes: array(get('block_hashes'), 'block_hashes').map((one) => eventHash(one, 'block_hashes')),
    medium: optional(get('medium'), text, 'medium'),
    group: optional(get('group_idx'), integer, 'group_idx'),
    locality: optional(get('locality'), text, 'locality'),
  }
}

/** Access by name to a map, or to an array whose elements stand in `order` from index `offset` on. */
function fields(raw: unknown, order: readonly string[], offset: number, what: string): Get {
  if (Array.isArray(raw)) {
    const values: readonly unknown[] = raw
    return (name) => values[order.indexOf(name) + offset]
  }
  if (typeof raw !== 'object' || raw === null || raw instanceof Uint8Array)
    throw malformed(what, 'a map or an array', raw)
  const values = new Map<string, unknown>(Object.entries(raw))
  return (name) => values.get(name)
}

function malformed(what: string, expected: string, found: unknown): TypeError {
  return new TypeError(`${what} is ${found === null ? 'nil' : typeof found}, expected ${expected}`)
}

function optional<T>(raw: unknown, read: (raw: unknown, what: string) => T, what: string): T | undefined {
  return raw === undefined || raw === null ? undefined : read(raw, what)
}

function array(raw: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(raw)) throw malformed(what, 'an array', raw)
  return raw
}

function text(raw: unknown, what: string): string {
  if (typeof raw !== 'string') throw malformed(what, 'a string', raw)
  return raw
}

function float(raw: unknown, what: string): number {
  const value = typeof raw === 'bigint' ? Number(raw) : raw
  if (typeof value !== 'number') throw malformed(what, 'a number', raw)
  return value
}

function integer(raw: unknown, what: string): number {
  const value = float(raw, what)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${what} is ${value}, expected a whole number from 0`)
  return value
}

function eventHash(raw: unknown, what: string): EventHash {
  if (typeof raw === 'bigint') return BigInt.asUintN(64, raw)
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return BigInt.asUintN(64, BigInt(raw))
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString('hex')
  throw malformed(what, 'an integer or bytes', raw)
}

function extraKeys(raw: unknown, what: string): readonly ExtraKey[] {
  return array(raw, what).map((one) =>
    Array.isArray(one) ? one.map((part) => extraScalar(part, what)) : extraScalar(one, what),
  )
}

function extraScalar(raw: unknown, what: string): ExtraScalar {
  if (raw === null) return undefined
  switch (typeof raw) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return raw
    default:
      // Copied: a view would keep the whole payload alive.
      if (raw instanceof Uint8Array) return Uint8Array.from(raw)
      throw malformed(what, 'strings, numbers, bytes or flat lists of them', raw)
  }
}
