/** The last `capacity` bytes of what was written, in one fixed buffer. */
export class Tail {
  readonly #ring: Buffer
  #written = 0

  constructor(capacity: number) {
    this.#ring = Buffer.allocUnsafeSlow(capacity)
  }

  write(chunk: Uint8Array): void {
    const ring = this.#ring
    const from = Math.max(0, chunk.length - ring.length)
    const at = (this.#written + from) % ring.length
    const kept = chunk.length - from
    const beforeWrap = Math.min(kept, ring.length - at)
    ring.set(from === 0 && beforeWrap === kept ? chunk : chunk.subarray(from, from + beforeWrap), at)
    if (beforeWrap < kept) ring.set(chunk.subarray(from + beforeWrap), 0)
    this.#written += chunk.length
  }

  /** One character per byte: for finding what is ASCII. */
  text(): string {
    const ring = this.#ring
    if (this.#written <= ring.length) return ring.toString('latin1', 0, this.#written)
    const start = this.#written % ring.length
    return Buffer.concat([ring.subarray(start), ring.subarray(0, start)]).toString('latin1')
  }
}
