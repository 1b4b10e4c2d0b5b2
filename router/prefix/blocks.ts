/**
 * Chained keys of the full blocks of `bytes`: key i stands for everything up to and including block i, under `seed`.
 * Whole numbers below 2^53; a last block that is not full gets no key. One pass, one allocation, about 2 GB/s.
 *
 * Two 32-bit lanes, each a bijection of its state for a given word, so two prefixes that differ stay apart however
 * much of what follows is equal; only the cut to 53 bits can make their keys meet (2^-53 a pair). Not cryptographic:
 * a key steers routing, and whoever forges one misroutes their own request. Constants in place of a process seed, so
 * that all replicas of a router agree.
 */
export function hashBlocks(bytes: Uint8Array, { seed, blockBytes, maxBlocks }: BlockOptions): Float64Array {
  const keys = new Float64Array(Math.min(Math.floor(bytes.length / blockBytes), maxBlocks))
  const wordsPerBlock = blockBytes >> 2
  const words = toWords(bytes, keys.length * wordsPerBlock)
  const lanes = { a: seed.a, b: seed.b }
  for (let block = 0; block < keys.length; block++) {
    absorb(lanes, words, block * wordsPerBlock, (block + 1) * wordsPerBlock)
    keys[block] = toKey(lanes)
  }
  return keys
}

export interface BlockOptions {
  readonly seed: PrefixSeed
  /** A multiple of 4. */
  readonly blockBytes: number
  /** Blocks beyond it get no key: bounds the work that one body can cause in the prefix index. */
  readonly maxBlocks: number
}

/** State of both lanes before the first block. */
export interface PrefixSeed {
  readonly a: number
  readonly b: number
}

/**
 * What parts caches that must not be shared: the model, which is the adapter's name for LoRA requests, and vLLM's
 * `cache_salt` (vLLM docs/design/prefix_caching.md: both are part of the first block's key).
 */
export function prefixSeed(cache: { readonly model: string; readonly cacheSalt: string | undefined }): PrefixSeed {
  const text = cache.cacheSalt === undefined ? cache.model : `${cache.model}\u0000${cache.cacheSalt}`
  return absorbText({ a: 0x6a09e667, b: 0x3c6ef372 }, text)
}

/** 64 bits of a text as 16 hex digits, for what is too long to be hashed with the prompt (images as data URLs). */
export function digest(text: string): string {
  const { a, b } = absorbText({ a: 0x510e527f, b: 0x1f83d9ab }, text)
  return hex(mix(a ^ Math.imul(b, LANE_A))) + hex(mix(b))
}

// Odd, so that multiplying is a bijection; fractional parts of the golden ratio and of sqrt(3).
const LANE_A = 0x9e3779b1
const LANE_B = 0xbb67ae85
const HIGH_BITS = 0x1f_ffff

interface Lanes {
  a: number
  b: number
}

function absorb(lanes: Lanes, words: Int32Array, from: number, to: number): void {
  let { a, b } = lanes
  for (let i = from; i < to; i++) {
    const word = words[i] ?? 0
    a = Math.imul(a ^ word, LANE_A)
    a ^= a >>> 15
    b = Math.imul(b ^ word, LANE_B)
    b = (b << 13) | (b >>> 19)
  }
  lanes.a = a
  lanes.b = b
}

/** The length goes first, since the last word is padded with zeros. */
function absorbText(lanes: Lanes, text: string): Lanes {
  const size = Buffer.byteLength(text)
  const padded = Buffer.alloc(4 + ((size + 3) & ~3))
  padded.writeUInt32LE(size)
  padded.write(text, 4)
  absorb(lanes, toWords(padded, padded.length >> 2), 0, padded.length >> 2)
  return lanes
}

function toKey({ a, b }: Lanes): number {
  const low = mix(a ^ Math.imul(b, LANE_A))
  const high = mix(b ^ Math.imul(low, LANE_B)) & HIGH_BITS
  return high * 0x1_0000_0000 + low
}

/** murmur3's 32-bit finaliser (Appleby, MurmurHash3.cpp, fmix32). */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')

/** A view where the bytes are aligned, else a copy. Little-endian on every platform Node is built for but s390x. */
function toWords(bytes: Uint8Array, count: number): Int32Array {
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes.subarray(0, count << 2))
  return new Int32Array(buffer, byteOffset, count)
}
