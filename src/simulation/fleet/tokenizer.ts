/**
 * A stand-in for a real tokenizer: 4 UTF-8 bytes make one token, with no vocabulary to load, and ids read back as text.
 * Ids stay below 2^32, which consumers of KV events rely on: UTF-8 never uses 13 of the 256 byte values, so up to
 * 4 bytes fit, in bijective base 243, under 3.6 billion.
 */
export function encodeText(text: string): number[] {
  const bytes = Buffer.from(text, 'utf8')
  const tokens: number[] = []
  for (let start = 0; start < bytes.length; start += BYTES_PER_TOKEN) {
    let value = 0
    const end = Math.min(start + BYTES_PER_TOKEN, bytes.length)
    for (let i = start; i < end; i++) value = value * DIGITS + (digitOf[bytes[i] ?? 0] ?? 0)
    tokens.push(value)
  }
  return tokens
}

/** The text of token ids; ids that stand for no text, and characters cut in half, come out as U+FFFD. */
export function decodeTokens(tokens: ArrayLike<number>): string {
  const bytes: number[] = []
  for (let i = 0; i < tokens.length; i++) bytes.push(...bytesOf(tokens[i] ?? 0))
  return Buffer.from(bytes).toString('utf8')
}

const BYTES_PER_TOKEN = 4

/** Byte values that occur in UTF-8: all but C0, C1 and F5 to FF (RFC 3629 §1). */
const byteOf = Array.from({ length: 256 }, (_, byte) => byte).filter(
  (byte) => byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5,
)
const DIGITS = byteOf.length
/** Byte -> digit 1..243. */
const digitOf = new Uint8Array(256)
byteOf.forEach((byte, index) => (digitOf[byte] = index + 1))

/** Ids are 0 .. `vocabularySize - 1`; 0 stands for no text. */
export const vocabularySize = 1 + DIGITS + DIGITS ** 2 + DIGITS ** 3 + DIGITS ** 4

const replacementBytes = [0xef, 0xbf, 0xbd]

function bytesOf(token: number): readonly number[] {
  if (token < 1 || token >= vocabularySize) return replacementBytes
  const bytes: number[] = []
  for (let rest = token; rest > 0; rest = Math.floor((rest - 1) / DIGITS))
    bytes.unshift(byteOf[(rest - 1) % DIGITS] ?? 0)
  return bytes
}
