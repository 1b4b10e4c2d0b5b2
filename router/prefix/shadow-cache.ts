import { BlockPool } from '../../src/vllm/block-pool.ts'

const nobody = { removed(): void {} }

/**
 * What one engine's prefix cache should hold, learned from the router's own traffic by playing vLLM's rules on it:
 * blocks of requests in flight are pinned, finished ones are evicted oldest first, tail before head, and answers
 * displace prompts. Bounded by the engine's real number of blocks. Wrong when others send to the engine too.
 */
export class ShadowCache {
  #capacityBlocks: number
  /** Made when first pinned to: its arrays are sized for all blocks. */
  #lazyPool: BlockPool | undefined
  /** 1 for blocks whose content some answered prompt had. */
  #computed = new Uint8Array(0)
  #generation = 0

  constructor(capacityBlocks: number) {
    this.#capacityBlocks = capacityBlocks
  }

  get capacityBlocks(): number {
    return this.#capacityBlocks
  }

  get indexedBlocks(): number {
    return this.#lazyPool?.cached ?? 0
  }

  /** Leading blocks held. */
  match(keys: ArrayLike<number>): number {
    return this.#lazyPool?.match(keys, keys.length) ?? 0
  }

  /** Pins a prompt as the engine will when it runs it. At the bound the tail is left out. */
  pin(keys: ArrayLike<number>): Pinned {
    const pool = this.#pool
    const held = pool.match(keys, keys.length)
    const blocks: number[] = []
    for (let i = 0; i < held; i++) blocks.push(pool.reuse(keys[i] ?? -1))
    for (let i = held; i < keys.length && pool.free > 0; i++) {
      const block = pool.take()
      pool.setKey(block, keys[i] ?? -1)
      this.#computed[block] = 0
      blocks.push(block)
    }
    return { blocks, generation: this.#generation }
  }

  /** Unpins; `outputBlocks` is the room the answer took, which stays taken until evicted. */
  unpin({ blocks, generation }: Pinned, outputBlocks: number): void {
    if (generation !== this.#generation) return
    for (const block of blocks) this.#computed[block] = 1
    for (let i = 0; i < outputBlocks && this.#pool.free > 0; i++) blocks.push(this.#pool.take())
    this.#pool.release(blocks)
  }

  /** Unpins a prompt the engine never answered: blocks that no answered one had are not taken as held. */
  undo({ blocks, generation }: Pinned): void {
    if (generation !== this.#generation) return
    for (const block of blocks) if (this.#computed[block] === 0) this.#pool.dropKey(block)
    this.#pool.release(blocks)
  }

  /** Starts over empty: the engine restarted. Pins taken before end without effect. */
  clear(): void {
    this.#lazyPool = undefined
    this.#generation++
  }

  /** The engine's size became known: keeps what is held, the newest of it where room is short. Pins end without effect. */
  resize(capacityBlocks: number): void {
    const keys = this.#lazyPool?.heldKeys().toArray() ?? []
    this.clear()
    this.#capacityBlocks = capacityBlocks
    for (const key of keys) this.unpin(this.pin([key]), 0)
  }

  get #pool(): BlockPool {
    if (this.#lazyPool === undefined) {
      this.#lazyPool = new BlockPool(this.#capacityBlocks, nobody)
      this.#computed = new Uint8Array(this.#capacityBlocks)
    }
    return this.#lazyPool
  }
}

export interface Pinned {
  readonly blocks: number[]
  readonly generation: number
}
