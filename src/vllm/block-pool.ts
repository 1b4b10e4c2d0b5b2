import { KeyTable } from './key-table.ts'

/** Cache changes of the pool, told as they happen; `key` is the block's chained key. */
export interface BlockPoolListener {
  removed(key: number): void
}

const NO_KEY = -1
const NONE = -1

/**
 * vLLM's KV block pool (v1/core/block_pool.py, kv_cache_utils.FreeKVCacheBlockQueue, 0.32): fixed physical blocks with
 * reference counts; free blocks keep their content and key until they are taken again, those without a key first, then
 * the one free for longest. The same key may live in several physical blocks. Every operation is O(blocks touched).
 */
export class BlockPool {
  readonly capacity: number
  readonly #listener: BlockPoolListener
  readonly #refs: Int32Array
  readonly #keys: Float64Array
  /** Blocks with the same key, in a ring; `#byKey` has the one that got it first. */
  readonly #nextTwin: Int32Array
  readonly #prevTwin: Int32Array
  readonly #byKey: KeyTable
  // Free queue as a circular doubly linked list; index `capacity` is its sentinel.
  readonly #next: Int32Array
  readonly #prev: Int32Array
  #free: number
  #cached = 0

  constructor(capacity: number, listener: BlockPoolListener) {
    this.capacity = capacity
    this.#listener = listener
    this.#byKey = new KeyTable(capacity)
    this.#refs = new Int32Array(capacity)
    this.#keys = new Float64Array(capacity).fill(NO_KEY)
    this.#nextTwin = new Int32Array(capacity)
    this.#prevTwin = new Int32Array(capacity)
    this.#next = Int32Array.from({ length: capacity + 1 }, (_, i) => (i + 1) % (capacity + 1))
    this.#prev = Int32Array.from({ length: capacity + 1 }, (_, i) => (i + capacity) % (capacity + 1))
    this.#free = capacity
  }

  get free(): number {
    return this.#free
  }

  /** Blocks that hold keyed content, in use or free. */
  get cached(): number {
    return this.#cached
  }

  /** How many leading keys are held, at most `limit`. */
  match(keys: ArrayLike<number>, limit: number): number {
    const end = Math.min(limit, keys.length)
    let depth = 0
    while (depth < end && this.#byKey.get(keys[depth] ?? NO_KEY) !== NONE) depth++
    return depth
  }

  /** Of the first `depth` keys, how many lie in free blocks: reusing them takes them from the free queue. */
  matchedFree(keys: ArrayLike<number>, depth: number): number {
    let count = 0
    for (let i = 0; i < depth; i++) {
      const block = this.#byKey.get(keys[i] ?? NO_KEY)
      if (block !== NONE && this.#refs[block] === 0) count++
    }
    return count
  }

  /** Takes the block that holds `key`, of several the one that got it first, for one more user. The key must be held. */
  reuse(key: number): number {
    const block = this.#byKey.get(key)
    if (block === NONE) throw new RangeError(`block key ${key} is not held`)
    if (this.#refs[block] === 0) this.#unlink(block)
    this.#refs[block] = (this.#refs[block] ?? 0) + 1
    return block
  }

  /** Takes the oldest free block and drops what it held. There must be a free block. */
  take(): number {
    const block = this.#next[this.capacity] ?? this.capacity
    if (block === this.capacity) throw new RangeError('no free block')
    this.#unlink(block)
    this.#evict(block)
    this.#refs[block] = 1
    return block
  }

  /** Gives a block in use its key, once its content is full. */
  setKey(block: number, key: number): void {
    const held = this.#byKey.get(key)
    if (held === NONE) this.#byKey.set(key, block)
    const first = held === NONE ? block : held
    this.#keys[block] = key
    this.#linkTwins(held === NONE ? block : (this.#prevTwin[first] ?? NONE), block)
    this.#linkTwins(block, first)
    this.#cached++
  }

  /**
   * Ends one use of each block. Of those that become free, the ones without a key are the next to be taken, the last one
   * given first; the ones with a key queue up behind all others, the last one given before the rest (free_blocks, 0.32).
   */
  release(blocks: readonly number[]): void {
    let front = this.capacity
    for (let i = blocks.length - 1; i >= 0; i--) {
      const block = blocks[i] ?? NONE
      const refs = (this.#refs[block] ?? 0) - 1
      this.#refs[block] = refs
      if (refs > 0) continue
      if (this.#keys[block] === NO_KEY) {
        this.#linkAfter(front, block)
        front = block
      } else this.#linkAfter(this.#prev[this.capacity] ?? this.capacity, block)
    }
  }

  /** Takes back the key of a block with one user: its content was never computed. */
  dropKey(block: number): void {
    if (this.#refs[block] === 1) this.#evict(block)
  }

  /** Keys of free blocks in the order they would be taken, then those in use; those a new pool gave out last, first. */
  *heldKeys(): Generator<number> {
    for (let block = this.#next[this.capacity] ?? NONE; block !== this.capacity; block = this.#next[block] ?? NONE) {
      if (this.#keys[block] !== NO_KEY) yield this.#keys[block] ?? NO_KEY
    }
    for (let block = this.capacity - 1; block >= 0; block--) {
      if ((this.#refs[block] ?? 0) > 0 && this.#keys[block] !== NO_KEY) yield this.#keys[block] ?? NO_KEY
    }
  }

  /** Forgets all content; only when no block is in use, else false. */
  reset(): boolean {
    if (this.#free !== this.capacity) return false
    this.#byKey.clear()
    this.#keys.fill(NO_KEY)
    this.#cached = 0
    return true
  }

  #evict(block: number): void {
    const key = this.#keys[block] ?? NO_KEY
    if (key === NO_KEY) return
    const twin = this.#nextTwin[block] ?? NONE
    if (twin === block) this.#byKey.delete(key)
    else if (this.#byKey.get(key) === block) this.#byKey.set(key, twin)
    this.#linkTwins(this.#prevTwin[block] ?? NONE, twin)
    this.#keys[block] = NO_KEY
    this.#cached--
    this.#listener.removed(key)
  }

  #linkTwins(block: number, next: number): void {
    this.#nextTwin[block] = next
    this.#prevTwin[next] = block
  }

  #unlink(block: number): void {
    const next = this.#next[block] ?? NONE
    const prev = this.#prev[block] ?? NONE
    this.#next[prev] = next
    this.#prev[next] = prev
    this.#free--
  }

  #linkAfter(before: number, block: number): void {
    const after = this.#next[before] ?? this.capacity
    this.#next[before] = block
    this.#prev[block] = before
    this.#next[block] = after
    this.#prev[after] = block
    this.#free++
  }
}
