import { hash } from 'node:crypto'

/** 32 bytes: stands for a block and everything before it. */
export type BlockDigest = Uint8Array

/** What a block's hash covers beside its tokens, tagged by its source: `['lora', name, path]`, `['cache_salt', salt]`. */
export type TaggedKey = readonly [tag: string, value: string, ...more: string[]]

/**
 * vLLM's `sha256_cbor` prefix-cache hash: SHA-256 of the canonical CBOR (RFC 8949 §4.2) of
 * `[parent digest, token ids, extra keys or null]` (vllm/v1/core/kv_cache_utils.py hash_block_tokens,
 * vllm/utils/hashing.py, 0.32; in 2026-08 the keys were still bare values). `parent` is `noneHash(...)` for the first
 * block. Extra keys: LoRA adapter, then `cache_salt` in the first block only.
 */
export function blockDigest(
  parent: BlockDigest,
  tokens: ArrayLike<number>,
  extraKeys: readonly TaggedKey[] | undefined,
): BlockDigest {
  const out = new CborWriter(64 + tokens.length * 9)
  out.head(ARRAY, 3)
  out.head(BYTES, parent.length)
  out.raw(parent)
  out.head(ARRAY, tokens.length)
  for (let i = 0; i < tokens.length; i++) out.head(UNSIGNED, tokens[i] ?? 0)
  if (extraKeys === undefined) out.byte(NULL)
  else {
    out.head(ARRAY, extraKeys.length)
    for (const key of extraKeys) {
      out.head(ARRAY, key.length)
      for (const part of key) out.text(part)
    }
  }
  return hash('sha256', out.bytes(), 'buffer')
}

/** The parent of first blocks: fixed seed since v0.28, else `PYTHONHASHSEED` as text (kv_cache_utils.init_none_hash). */
export function noneHash(seed = 'vllm-none-hash'): BlockDigest {
  const out = new CborWriter(16)
  out.text(seed)
  return hash('sha256', out.bytes(), 'buffer')
}

/** The integer form sent in KV events: the digest's last 8 bytes (kv_cache_utils.maybe_convert_block_hash). */
export function digestToUint64(digest: BlockDigest): bigint {
  return new DataView(digest.buffer, digest.byteOffset, digest.byteLength).getBigUint64(digest.byteLength - 8)
}

/** The digest's first 53 bits: a chained block key that fits a JavaScript number. */
export function digestToKey(digest: BlockDigest): number {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  return view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)
}

const UNSIGNED = 0x00
const BYTES = 0x40
const TEXT = 0x60
const ARRAY = 0x80
const NULL = 0xf6

class CborWriter {
  #buffer: Buffer
  #length = 0

  constructor(sizeHint: number) {
    this.#buffer = Buffer.allocUnsafe(sizeHint)
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Major type and its argument in the shortest form; `value` is a whole number below 2^53. */
  head(major: number, value: number): void {
    this.#reserve(9)
    const at = this.#length
    if (value < 24) this.#length = this.#buffer.writeUInt8(major | value, at)
    else if (value < 2 ** 8) this.#length = this.#buffer.writeUInt8(value, this.#buffer.writeUInt8(major | 24, at))
    else if (value < 2 ** 16) this.#length = this.#buffer.writeUInt16BE(value, this.#buffer.writeUInt8(major | 25, at))
    else if (value < 2 ** 32) this.#length = this.#buffer.writeUInt32BE(value, this.#buffer.writeUInt8(major | 26, at))
    else this.#length = this.#buffer.writeBigUInt64BE(BigInt(value), this.#buffer.writeUInt8(major | 27, at))
  }

  text(value: string): void {
    const encoded = Buffer.from(value, 'utf8')
    this.head(TEXT, encoded.length)
    this.raw(encoded)
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#length = this.#buffer.writeUInt8(value, this.#length)
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count))
    grown.set(this.bytes())
    this.#buffer = grown
  }
}
