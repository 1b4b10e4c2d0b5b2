import { encodeText } from './tokenizer.ts'

/** A message with its content parts already flattened to text. */
export interface ChatMessage {
  readonly role: string
  readonly content: string
}

/**
 * A conversation as tokens: `<|role|>\n`, the content, `\n`, for each message, and at the end the opening of the answer.
 * Each piece starts on a token of its own, so a longer history starts with exactly the tokens of the shorter one and of
 * the answer it got. `tools`, as JSON text, stand before everything, where most real templates put them.
 */
export function renderChat(
  messages: readonly ChatMessage[],
  { tools, generationPrompt = true }: { readonly tools?: string | undefined; readonly generationPrompt?: boolean } = {},
): number[] {
  const tokens = tools === undefined ? [] : pieces('<|tools|>\n', tools, '\n')
  for (const { role, content } of messages) tokens.push(...pieces(`<|${role}|>\n`, content, '\n'))
  return generationPrompt ? [...tokens, ...encodeText('<|assistant|>\n')] : tokens
}

function pieces(...texts: readonly string[]): number[] {
  return texts.flatMap(encodeText)
}
