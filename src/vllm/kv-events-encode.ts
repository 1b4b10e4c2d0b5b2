import { encode } from '@msgpack/msgpack'
import {
  type BlockRemoved,
  type BlockStored,
  type EventHash,
  type KvEvent,
  type KvEventBatch,
  removedOrder,
  storedOrder,
} from './kv-events.ts'

/** `map`: vLLM since v0.23 (PR 42892). `array`: before it; it has no place for `locality`. */
export type KvEventsForm = 'map' | 'array'

/** The payload vLLM's publisher sends for a batch (msgspec structs of vllm/distributed/kv_events.py). Token ids must lie below 2^32. */
export function encodeKvEvents({ tsSeconds, events, rank }: KvEventBatch, form: KvEventsForm): Uint8Array {
  const head = Buffer.alloc(10)
  head.writeUInt8(ARRAY_OF_3)
  head.writeUInt8(FLOAT_64, 1)
  // Always a float, as from Python: the library would write a whole number of seconds as an integer.
  head.writeDoubleBE(tsSeconds, 2)
  const body = events.map((event) => (form === 'map' ? toMap(event) : toArray(event)))
  return Buffer.concat([head, encode(body, { useBigInt64: true }), encode(rank ?? null)])
}

const ARRAY_OF_3 = 0x93
const FLOAT_64 = 0xcb

type Wire = Readonly<Record<string, unknown>>

function toMap(event: KvEvent): Wire {
  switch (event.kind) {
    case 'stored':
      return { type: 'BlockStored', ...storedFields(event) }
    case 'removed':
      return { type: 'BlockRemoved', ...removedFields(event) }
    case 'cleared':
      return { type: 'AllBlocksCleared' }
  }
}

function toArray(event: KvEvent): readonly unknown[] {
  switch (event.kind) {
    case 'stored':
      return ['BlockStored', ...positions(storedFields(event), storedOrder)]
    case 'removed':
      return ['BlockRemoved', ...positions(removedFields(event), removedOrder)]
    case 'cleared':
      return ['AllBlocksCleared']
  }
}

/** `locality` came after the array form had gone. */
function positions(fields: Wire, order: readonly string[]): readonly unknown[] {
  return order.filter((name) => name !== 'locality').map((name) => fields[name] ?? null)
}

function storedFields(event: BlockStored): Wire {
  return {
    block_hashes: event.hashes.map(wireHash),
    parent_block_hash: event.parent === undefined ? null : wireHash(event.parent),
    token_ids: event.tokens,
    block_size: event.blockTokens,
    lora_id: event.loraId ?? null,
    medium: event.medium ?? null,
    lora_name: event.loraName ?? null,
    ...present({
      extra_keys: event.extraKeys?.map((keys) => keys ?? null),
      group_idx: event.group,
      kv_cache_spec_kind: event.specKind,
      kv_cache_spec_sliding_window: event.slidingWindow,
      locality: event.locality,
    }),
  }
}

function removedFields({ hashes, medium, group, locality }: BlockRemoved): Wire {
  return { block_hashes: hashes.map(wireHash), medium: medium ?? null, ...present({ group_idx: group, locality }) }
}

/** msgspec's `omit_defaults`: a field at its default is left out of a map. */
function present(fields: Wire): Wire {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function wireHash(hash: EventHash): bigint | number | Uint8Array {
  if (typeof hash === 'string') return Buffer.from(hash, 'hex')
  // Small integers in their short form, as msgspec writes them.
  return hash <= 0xffff_ffffn ? Number(hash) : hash
}
