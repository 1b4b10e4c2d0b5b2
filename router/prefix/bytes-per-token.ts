/**
 * Bytes of canonical prompt per token of one model, learned from `usage.prompt_tokens`: bytes seen over tokens seen,
 * the older weighing less, so that long prompts count for what they are. Chat template tokens are part of the ratio.
 */
export interface BytesPerToken {
  readonly bytes: number
  readonly tokens: number
}

/** 4.0 bytes, the usual figure for English, with the weight of one 4 KiB prompt. */
export const unlearned: BytesPerToken = { bytes: 4096, tokens: 1024 }

/** Weight that the past keeps when one more prompt is counted: about the last 100 prompts decide. */
const PAST = 0.99

export function learn(known: BytesPerToken, prompt: BytesPerToken): BytesPerToken {
  const ratio = prompt.bytes / prompt.tokens
  // Outside it something else was counted: an image's tokens, or a prompt that the engine cut.
  if (!(ratio >= LEAST && ratio <= MOST)) return known
  return { bytes: known.bytes * PAST + prompt.bytes, tokens: known.tokens * PAST + prompt.tokens }
}

const LEAST = 1
const MOST = 16

/** Tokens in a block of `blockBytes`, in steps of 1/8: sums of such numbers are exact, so a ledger of them returns to 0. */
export function blockTokensAt({ bytes, tokens }: BytesPerToken, blockBytes: number): number {
  return Math.round(((blockBytes * tokens) / bytes) * 8) / 8
}
