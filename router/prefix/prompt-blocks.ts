/**
 * A prompt cut into blocks. `keys[i]` stands for the whole prefix up to and including block i, never for the
 * content of block i alone, so that equal keys mean equal prefixes. Keys are whole numbers below 2^53.
 */
export interface PromptBlocks {
  readonly keys: ArrayLike<number>
  readonly blockTokens: number
  /** Tokens of the whole prompt, the part after the last full block included; an estimate where nothing tokenises. */
  readonly promptTokens: number
}
