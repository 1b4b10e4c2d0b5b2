/** Where a body keeps its prompt. */
export type PromptShape = 'chat' | 'completions' | 'responses' | 'messages' | 'tokens'

/**
 * How requests to a path are routed. `generate`: by prefix. `pool`: no KV cache is read (vLLM v1: pooling skips it), so by
 * load, with the prompt's size counted. `plain`: passed through unread, by load alone.
 */
export type Api =
  | { readonly kind: 'generate'; readonly prompt: PromptShape }
  | { readonly kind: 'pool' }
  | { readonly kind: 'plain' }

const PLAIN: Api = { kind: 'plain' }
const POOL: Api = { kind: 'pool' }

/** vLLM's POST routes (vllm/entrypoints, August 2026). */
const posts = new Map<string, Api>([
  ['/v1/chat/completions', { kind: 'generate', prompt: 'chat' }],
  ['/v1/completions', { kind: 'generate', prompt: 'completions' }],
  ['/v1/responses', { kind: 'generate', prompt: 'responses' }],
  ['/v1/messages', { kind: 'generate', prompt: 'messages' }],
  ['/inference/v1/generate', { kind: 'generate', prompt: 'tokens' }],
  ['/v1/embeddings', POOL],
  ['/v2/embed', POOL],
  ['/pooling', POOL],
  ['/classify', POOL],
  ['/score', POOL],
  ['/v1/score', POOL],
  ['/rerank', POOL],
  ['/v1/rerank', POOL],
  ['/v2/rerank', POOL],
  ['/tokenize', PLAIN],
  ['/detokenize', PLAIN],
])

/** Undefined for paths that are not passed on: an engine's `/metrics`, `/sleep` and the like are not the clients' to call. */
export function apiOf(method: string, path: string): Api | undefined {
  // A segment that starts with a dot could walk out of /v1/ in a server that resolves it.
  if (/\/\.|%2e|\\/i.test(path)) return undefined
  const known = posts.get(path)
  if (known !== undefined) return method === 'POST' ? known : PLAIN
  return path.startsWith('/v1/') ? PLAIN : undefined
}
