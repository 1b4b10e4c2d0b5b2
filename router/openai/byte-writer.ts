/** Collects text as UTF-8 and marker bytes in one growing buffer. */
export class ByteWriter {
  #buffer: Buffer
  #length = 0

  constructor(capacity: number) {
    // Not pooled: the result starts at offset 0 of its ArrayBuffer, so that it can be read as 32-bit words in place.
    this.#buffer = Buffer.allocUnsafeSlow(capacity)
  }

  text(text: string): void {
    this.#reserve(text.length > EXACT_FROM ? Buffer.byteLength(text) : text.length * MOST_BYTES_PER_CODE_UNIT)
    this.#length += this.#buffer.write(text, this.#length)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#length = this.#buffer.writeUInt32LE(value, this.#length)
  }

  /** A view of what was written so far. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

const EXACT_FROM = 256
const MOST_BYTES_PER_CODE_UNIT = 3
