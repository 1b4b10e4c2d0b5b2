import { blockKeys } from './block-keys.ts'
import { mooncakeBlockTokens } from './mooncake.ts'
import type { ContentSpan, Trace, TraceRequest } from './trace.ts'
import { writeFileAtomic } from './write-file.ts'

export async function writeMooncake(trace: Trace, path: string): Promise<void> {
  await writeFileAtomic(path, mooncakeText(trace))
}

/**
 * A trace as Mooncake JSONL. `hash_ids` keep what prompts share in whole 512-token blocks, which is all the form can
 * say. Content cut otherwise is written in full beside it, as `content`, so that reading it back gives the same trace.
 */
export function mooncakeText(trace: Trace): string {
  const exact = trace.requests.every(isCutInBlocks)
  const hashIds = exact ? trace.requests.map(({ content }) => content.map(({ id }) => id)) : promptHashIds(trace)
  const lines = trace.requests.map((request, index) => {
    const { atMs, promptTokens, outputTokens, content, sessionId } = request
    return JSON.stringify({
      timestamp: atMs,
      input_length: promptTokens,
      output_length: outputTokens,
      hash_ids: hashIds[index],
      session_id: sessionId,
      content: exact ? undefined : content.map(({ id, tokens }) => [id, tokens]),
    })
  })
  return `${lines.join('\n')}\n`
}

function isCutInBlocks({ content, promptTokens }: TraceRequest): boolean {
  const sizes = content.map((_span, block) => Math.min(mooncakeBlockTokens, promptTokens - block * mooncakeBlockTokens))
  return content.every(({ tokens }, block) => tokens === sizes[block]) && sum(sizes) === promptTokens
}

/** The last block is filled up with content of its own, so that its key stands for the tokens it does hold. */
function promptHashIds(trace: Trace): readonly number[][] {
  const fillId = 1 + trace.requests.reduce((most, { content }) => Math.max(most, ...content.map(({ id }) => id)), 0)
  const requests = trace.requests.map((request) => {
    const blocks = Math.ceil(request.promptTokens / mooncakeBlockTokens)
    const fill = blocks * mooncakeBlockTokens - request.promptTokens
    const prompt = firstTokens(request.content, request.promptTokens)
    return { ...request, content: fill === 0 ? prompt : [...prompt, { id: fillId, tokens: fill }] }
  })
  return blockKeys({ ...trace, requests }, mooncakeBlockTokens).map((keys) => [...keys])
}

function firstTokens(content: readonly ContentSpan[], count: number): readonly ContentSpan[] {
  const kept: ContentSpan[] = []
  let left = count
  for (const { id, tokens } of content) {
    if (left === 0) break
    kept.push({ id, tokens: Math.min(tokens, left) })
    left -= Math.min(tokens, left)
  }
  return kept
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
