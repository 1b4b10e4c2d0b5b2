import { type BlockDigest, digestToUint64 } from '../../vllm/block-hash.ts'
import type { EventHash, KvEvent } from '../../vllm/kv-events.ts'
import type { CacheEvent, EngineRequest } from '../engine.ts'
import type { TokenSequence } from './sequence.ts'

/** `int`: low 64 bits of the digest, vLLM's default. `bytes`: all of it (VLLM_KV_EVENTS_USE_INT_BLOCK_HASHES=0). */
export type HashForm = 'int' | 'bytes'

/**
 * Turns the engine's cache changes into vLLM's events. Remembers the hash of every cached key, counted per physical
 * block, so its size is bounded by the engine's blocks.
 */
export function createCacheEventTranslator(options: {
  readonly blockTokens: number
  readonly hashForm: HashForm
  readonly sequenceOf: (request: EngineRequest) => TokenSequence
}): (events: readonly CacheEvent[]) => KvEvent[] {
  const { blockTokens, hashForm, sequenceOf } = options
  const held = new Map<number, { readonly hash: EventHash; copies: number }>()

  const toHash = (digest: BlockDigest): EventHash =>
    hashForm === 'int' ? digestToUint64(digest) : Buffer.from(digest).toString('hex')

  function stored({ request, firstBlock, count }: Extract<CacheEvent, { kind: 'stored' }>): KvEvent {
    const { tokens, digests, keys, extraKeys, lora } = sequenceOf(request)
    const end = firstBlock + count
    const hashes = digests.slice(firstBlock, end).map(toHash)
    hashes.forEach((hash, i) => {
      const key = keys[firstBlock + i] ?? -1
      held.set(key, { hash, copies: (held.get(key)?.copies ?? 0) + 1 })
    })
    const before = digests[firstBlock - 1]
    return {
      kind: 'stored',
      hashes,
      parent: before === undefined ? undefined : toHash(before),
      tokens: tokens.slice(firstBlock * blockTokens, end * blockTokens),
      blockTokens,
      loraId: lora?.id,
      loraName: lora?.name,
      medium: 'GPU',
      extraKeys: extraKeys.slice(firstBlock, end),
      group: 0,
      specKind: 'full_attention',
      slidingWindow: undefined,
      locality: undefined,
    }
  }

  function removed(key: number): KvEvent[] {
    const entry = held.get(key)
    if (entry === undefined) return []
    entry.copies--
    if (entry.copies === 0) held.delete(key)
    return [{ kind: 'removed', hashes: [entry.hash], medium: 'GPU', group: 0, locality: undefined }]
  }

  return (events) =>
    events.flatMap((event): KvEvent[] => {
      switch (event.kind) {
        case 'stored':
          return [stored(event)]
        case 'removed':
          return removed(event.key)
        case 'cleared':
          held.clear()
          return [{ kind: 'cleared' }]
      }
    })
}
