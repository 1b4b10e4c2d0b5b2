/** A batch number as vLLM's KV event publisher frames it: 8 bytes, big-endian, counted from 0 per publisher process. */
export function encodeSequence(sequence: number): Uint8Array {
  const frame = Buffer.alloc(8)
  frame.writeBigUInt64BE(BigInt(sequence))
  return frame
}

/** `end` is the marker after the last replayed batch; undefined = not a sequence frame. */
export function decodeSequence(frame: Uint8Array): number | 'end' | undefined {
  if (frame.length !== 8) return undefined
  const value = new DataView(frame.buffer, frame.byteOffset, 8).getBigUint64(0)
  if (value === END) return 'end'
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}

const END = 0xffff_ffff_ffff_ffffn

/** Stands in the sequence frame after the last replayed batch (ZmqEventPublisher.END_SEQ). */
export const endOfReplay: Uint8Array = new Uint8Array(8).fill(0xff)
