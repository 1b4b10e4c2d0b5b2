import type { ContentSpan, Trace } from './trace.ts'

/**
 * Chained block keys of every request, aligned with `trace.requests`: one per full block of described content, the
 * answer's blocks after the prompt's. Key `i` stands for all tokens through block `i`, so two requests share key `i`
 * exactly when their first `(i + 1) * blockTokens` described tokens are equal. Keys are dense: 0, 1, 2, …
 *
 * O(spans) map look-ups, then one array write per block: equal spans after equal prefixes share one run of keys.
 */
export function blockKeys(trace: Trace, blockTokens: number): readonly Int32Array[] {
  const interner = createInterner(trace, blockTokens)
  return trace.requests.map(({ content }) => interner.keysOf(content))
}

/** The keys of the blocks that end inside one span after one prefix; grows when a longer span is met. */
type Run = number[]

function createInterner(trace: Trace, blockTokens: number): { keysOf(content: readonly ContentSpan[]): Int32Array } {
  const { spanIds, longestSpan } = surveySpans(trace)
  const runs = new Map<number, { readonly index: number; readonly keys: Run }>()
  const prefixes = new Map<number, number>()
  let nextKey = 0

  const keysOf = (content: readonly ContentSpan[]): Int32Array => {
    const total = content.reduce((sum, { tokens }) => sum + tokens, 0)
    const keys = new Int32Array(Math.floor(total / blockTokens))
    let filled = 0
    let tokensBefore = 0
    let prefix = 0
    for (const { id, tokens } of content) {
      // A pair of small whole numbers as one number: exact below 2^53, far above spans × distinct spans.
      const run = entry(runs, prefix * spanIds.size + (spanIds.get(id) ?? 0), (index) => ({ index, keys: [] }))
      const blocks = Math.floor((tokensBefore + tokens) / blockTokens) - filled
      while (run.keys.length < blocks) run.keys.push(nextKey++)
      keys.set(run.keys.slice(0, blocks), filled)
      filled += blocks
      tokensBefore += tokens
      // 0 is the empty prefix; the others are counted from 1.
      prefix = entry(prefixes, run.index * (longestSpan + 1) + tokens, (index) => index + 1)
    }
    return keys
  }
  return { keysOf }
}

function entry<V>(map: Map<number, V>, key: number, make: (index: number) => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make(map.size)
  map.set(key, made)
  return made
}

function surveySpans(trace: Trace): { readonly spanIds: ReadonlyMap<number, number>; readonly longestSpan: number } {
  const spanIds = new Map<number, number>()
  let longestSpan = 0
  for (const { content } of trace.requests) {
    for (const { id, tokens } of content) {
      if (!spanIds.has(id)) spanIds.set(id, spanIds.size)
      longestSpan = Math.max(longestSpan, tokens)
    }
  }
  return { spanIds, longestSpan }
}
