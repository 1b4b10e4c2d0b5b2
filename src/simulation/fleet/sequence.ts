import { type BlockDigest, blockDigest, digestToKey, noneHash, type TaggedKey } from '../../vllm/block-hash.ts'

/** A prompt with its planned answer, cut into blocks as vLLM hashes them. */
export interface TokenSequence {
  /** Prompt, then answer. */
  readonly tokens: readonly number[]
  /** One per full block. */
  readonly digests: readonly BlockDigest[]
  /** Chained block keys, aligned with `digests`. */
  readonly keys: Float64Array
  /** What the hash of each block covers beside its tokens, as events show it: without the tags. */
  readonly extraKeys: readonly (readonly string[] | undefined)[]
  readonly lora: LoraAdapter | undefined
}

export interface LoraAdapter {
  readonly name: string
  /** vLLM's `lora_int_id`, from 1. */
  readonly id: number
  readonly path: string
}

/** vLLM's seed-free default; equal on every replica. */
const none = noneHash()

export function createSequence(options: {
  readonly prompt: readonly number[]
  readonly output: readonly number[]
  readonly blockTokens: number
  readonly lora: LoraAdapter | undefined
  readonly cacheSalt: string | undefined
}): TokenSequence {
  const { blockTokens, lora, cacheSalt } = options
  const tokens = [...options.prompt, ...options.output]
  const full = Math.floor(tokens.length / blockTokens)
  const keys = new Float64Array(full)
  const digests: BlockDigest[] = []
  const extraKeys: (readonly string[] | undefined)[] = []
  for (let block = 0; block < full; block++) {
    const extra = blockExtraKeys(lora, block === 0 ? cacheSalt : undefined)
    const digest = blockDigest(
      digests[block - 1] ?? none,
      tokens.slice(block * blockTokens, (block + 1) * blockTokens),
      extra,
    )
    digests.push(digest)
    extraKeys.push(extra?.map(([, value]) => value))
    keys[block] = digestToKey(digest)
  }
  return { tokens, digests, keys, extraKeys, lora }
}

/** Order and absence as in vllm/v1/core/kv_cache_utils.py generate_block_hash_extra_keys. */
function blockExtraKeys(lora: LoraAdapter | undefined, salt: string | undefined): readonly TaggedKey[] | undefined {
  const keys: TaggedKey[] = []
  if (lora !== undefined) keys.push(['lora', lora.name, lora.path])
  if (salt !== undefined) keys.push(['cache_salt', salt])
  return keys.length === 0 ? undefined : keys
}
