const EMPTY = -1

/**
 * Whole-number keys (below 2^53) to whole numbers ≥ 0, for at most `capacity` keys. Open addressing with linear probing
 * over typed arrays, at most half full; deletion shifts back, so that no tombstones gather. A Map spent two thirds of a
 * replay's time here.
 */
export class KeyTable {
  readonly #keys: Float64Array
  readonly #values: Int32Array
  readonly #mask: number

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(4, capacity * 2)))
    this.#keys = new Float64Array(slots).fill(EMPTY)
    this.#values = new Int32Array(slots)
    this.#mask = slots - 1
  }

  /** -1 where absent. */
  get(key: number): number {
    const slot = this.#slotOf(key)
    return this.#keys[slot] === key ? (this.#values[slot] ?? EMPTY) : EMPTY
  }

  set(key: number, value: number): void {
    const slot = this.#slotOf(key)
    this.#keys[slot] = key
    this.#values[slot] = value
  }

  delete(key: number): void {
    let hole = this.#slotOf(key)
    if (this.#keys[hole] !== key) return
    // Knuth, TAOCP 6.4 algorithm R: pull back what probed past the hole.
    for (let slot = (hole + 1) & this.#mask; this.#keys[slot] !== EMPTY; slot = (slot + 1) & this.#mask) {
      const home = this.#home(this.#keys[slot] ?? EMPTY)
      if (((slot - home) & this.#mask) < ((slot - hole) & this.#mask)) continue
      this.#keys[hole] = this.#keys[slot] ?? EMPTY
      this.#values[hole] = this.#values[slot] ?? 0
      hole = slot
    }
    this.#keys[hole] = EMPTY
  }

  clear(): void {
    this.#keys.fill(EMPTY)
  }

  /** Where the key is, or the empty slot it would go to. */
  #slotOf(key: number): number {
    let slot = this.#home(key)
    for (let found = this.#keys[slot]; found !== key && found !== EMPTY; found = this.#keys[slot]) {
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  /** Runs of eight keys stay together: ids given out in sequence then share cache lines, and hashes do not mind. */
  #home(key: number): number {
    const mixed = Math.imul((key >>> 3) ^ Math.imul(Math.floor(key / 0x1_0000_0000), 0x85ebca6b), 0x9e3779b1)
    return (((mixed ^ (mixed >>> 15)) << 3) | (key & 7)) & this.#mask
  }
}
