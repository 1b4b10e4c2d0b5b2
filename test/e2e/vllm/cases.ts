import { lightChoice, lightTool } from '../../support/openai/light-tool.ts'

/** One request sent to the real and to the simulated server. */
export interface HttpCase {
  readonly name: string
  readonly path: string
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'HEAD'
  /** Text is sent as it is. */
  readonly body?: unknown
  readonly contentType?: string
}

const completions = '/v1/completions'
const chatPath = '/v1/chat/completions'
const fixed = { max_tokens: 3, ignore_eos: true }
const usage = { stream: true, stream_options: { include_usage: true } }
const continuous = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } }
const ids = (length: number, id = 7): readonly number[] => Array.from({ length }, () => id)

const completion = (name: string, body: object): HttpCase => ({
  name: `completion, ${name}`,
  path: completions,
  body: { model: 'tiny', prompt: ids(70), ...fixed, ...body },
})
const chat = (name: string, body: object): HttpCase => ({
  name: `chat, ${name}`,
  path: chatPath,
  body: { model: 'tiny', messages: [{ role: 'user', content: 'hello' }], ...fixed, ...body },
})
const wrong = (name: string, path: string, body: unknown): HttpCase => ({ name, path, body })

/** Token counts of completions are compared too: their prompts are token ids. */
export const answers: readonly HttpCase[] = [
  completion('cold', {}),
  completion('cached', {}),
  completion('without a model', { model: undefined }),
  completion('n of 2', { n: 2 }),
  completion('two prompts, two answers each', { prompt: [ids(40), ids(100)], n: 2 }),
  completion('token ids wanted', { return_token_ids: true }),
  completion('streamed', { stream: true }),
  completion('streamed with usage', usage),
  completion('streamed with usage all along', continuous),
  completion('streamed, empty stream options', { stream: true, stream_options: {} }),
  completion('streamed, only continuous usage', { stream: true, stream_options: { continuous_usage_stats: true } }),
  completion('streamed, two prompts', { prompt: [ids(40), ids(100)], n: 2, ...usage }),
  completion('streamed, token ids wanted', { return_token_ids: true, ...usage }),
  completion('longer than its room is cut', { prompt: ids(2000), max_tokens: 100 }),
  completion('default length', { max_tokens: undefined }),
]

export const chats: readonly HttpCase[] = [
  chat('whole', {}),
  chat('n of 2', { n: 2 }),
  chat('token ids wanted', { return_token_ids: true }),
  chat('streamed', { stream: true }),
  chat('streamed with usage', usage),
  chat('streamed with usage all along', continuous),
  chat('streamed, n of 2', { n: 2, ...usage }),
  chat('streamed, token ids wanted', { return_token_ids: true, ...usage }),
  chat('max_completion_tokens goes before max_tokens', { max_completion_tokens: 2, max_tokens: 9 }),
  chat('content parts', { messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] }),
  chat('assistant without content', {
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null },
    ],
  }),
]

/** A call ends by itself; more than one ends by chance. */
const called = { tools: [lightTool], max_tokens: 200, ignore_eos: false, parallel_tool_calls: false }

/** For a server with `toolFlags`. */
export const toolChats: readonly HttpCase[] = [
  chat('a named tool', { ...called, tool_choice: lightChoice }),
  chat('a named tool, streamed', { ...called, tool_choice: lightChoice, ...usage }),
  chat('a named tool, token ids wanted', { ...called, tool_choice: lightChoice, return_token_ids: true }),
  chat('a named tool, cut short', { ...called, tool_choice: lightChoice, max_tokens: 5 }),
  chat('a named tool, two answers', { ...called, tool_choice: lightChoice, n: 2 }),
  chat('a required tool', { ...called, tool_choice: 'required' }),
  chat('a required tool, streamed', { ...called, tool_choice: 'required', ...usage }),
  chat('tools that may be used', { tools: [lightTool] }),
  chat('tools that may be used, streamed', { tools: [lightTool], ...usage }),
  chat('auto tools', { tools: [lightTool], tool_choice: 'auto' }),
  chat('tools that may not be used', { tools: [lightTool], tool_choice: 'none' }),
  chat('tools that may not be used, streamed', { tools: [lightTool], tool_choice: 'none', ...usage }),
  chat('no choice of tools', { tools: [lightTool], tool_choice: null }),
  chat('a choice of none without tools', { tool_choice: 'none' }),
  chat('a tool without parameters', { tools: [{ type: 'function', function: { name: 'go' } }] }),
  chat('the answer of a tool', {
    messages: [
      { role: 'user', content: 'light' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'set_light', arguments: '{"on": true}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'done' },
    ],
    tools: [lightTool],
  }),
]

export const toolRefusals: readonly HttpCase[] = [
  chat('tools of the wrong type', { tools: {} }),
  chat('no tools in the list', { tools: [] }),
  chat('a tool that is no object', { tools: ['x'] }),
  chat('a tool of another type', { tools: [{ ...lightTool, type: 'x' }] }),
  chat('a tool without a function', { tools: [{ type: 'function' }] }),
  chat('a tool without a name', { tools: [{ type: 'function', function: {} }] }),
  chat('a number as the name of a tool', { tools: [{ type: 'function', function: { name: 5 } }] }),
  chat('parameters that are no object', { tools: [{ type: 'function', function: { name: 'x', parameters: 5 } }] }),
  chat('a choice without tools', { tool_choice: 'auto' }),
  chat('an unknown choice of tools', { tools: [lightTool], tool_choice: 'maybe' }),
  chat('a number as the choice of tools', { tools: [lightTool], tool_choice: 5 }),
  chat('a choice without a function', { tools: [lightTool], tool_choice: { type: 'function' } }),
  chat('a choice without a name', { tools: [lightTool], tool_choice: { type: 'function', function: {} } }),
  chat('an empty name as a choice', { tools: [lightTool], tool_choice: { type: 'function', function: { name: '' } } }),
  chat('a choice of a tool not given', {
    tools: [lightTool],
    tool_choice: { type: 'function', function: { name: 'x' } },
  }),
  chat('a choice of another type', { tools: [lightTool], tool_choice: { ...lightChoice, type: 'x' } }),
  wrong('embeddings of a generative model', '/v1/embeddings', { model: 'tiny', input: 'hello' }),
]

export const facts: readonly HttpCase[] = [
  { name: 'models', path: '/v1/models' },
  { name: 'version', path: '/version' },
  { name: 'health', path: '/health' },
  { name: 'ping', path: '/ping' },
  { name: 'load', path: '/load' },
  { name: 'KV event sources', path: '/kv_event_sources' },
  wrong('tokenize', '/tokenize', { model: 'tiny', prompt: 'hello' }),
  wrong('tokenize with texts', '/tokenize', { model: 'tiny', prompt: 'hello', return_token_strs: true }),
  wrong('tokenize a chat', '/tokenize', { messages: [{ role: 'user', content: 'hello' }] }),
  wrong('detokenize', '/detokenize', { model: 'tiny', tokens: [108, 109] }),
  wrong('detokenize nothing', '/detokenize', { tokens: [] }),
  { name: 'reset of the prefix cache', path: '/reset_prefix_cache', method: 'POST' },
]

export const refusals: readonly HttpCase[] = [
  wrong('no object', chatPath, '[]'),
  wrong('no messages', chatPath, {}),
  wrong('messages of the wrong type', chatPath, { messages: 'x' }),
  wrong('empty conversation', chatPath, { messages: [] }),
  chat('wrong types', { max_tokens: 'x', n: 'x', stream: 'maybe' }),
  chat('no tokens', { max_tokens: 0 }),
  chat('n of 0', { n: 0 }),
  chat('two answers without chance', { n: 2, temperature: 0 }),
  chat('more tokens than the context', { max_tokens: 5000 }),
  chat('unknown model', { model: 'nope' }),
  chat('stream options alone', { stream_options: { include_usage: true } }),
  chat('stream options of the wrong type', { stream: true, stream_options: 5 }),
  chat('negative min_tokens', { min_tokens: -1 }),
  chat('message without role', { messages: [{ content: 'x' }] }),
  chat('number as content', { messages: [{ role: 'user', content: 5 }] }),
  chat('null as a user content', { messages: [{ role: 'user', content: null }] }),
  chat('message that is no object', { messages: ['x'] }),
  chat('prompt too long', { messages: [{ role: 'user', content: 'x'.repeat(20_000) }] }),
  { ...chat('wrong content type', {}), contentType: 'text/plain' },
  wrong('no prompt', completions, {}),
  completion('prompt of the wrong type', { prompt: 5 }),
  completion('empty list of prompts', { prompt: [] }),
  completion('empty text', { prompt: '' }),
  completion('an empty prompt of several', { prompt: [[1], []] }),
  completion('unknown token', { prompt: [2 ** 33] }),
  completion('unknown model', { model: 'nope' }),
  completion('no room for an answer', { prompt: ids(2048) }),
  completion('prompt too long', { prompt: ids(2049) }),
  completion('empty salt', { cache_salt: '' }),
  wrong('nothing to tokenize', '/tokenize', {}),
  wrong('tokenize, unknown model', '/tokenize', { model: 'nope', prompt: 'x' }),
  wrong('nothing to detokenize', '/detokenize', {}),
  wrong('detokenize text', '/detokenize', { tokens: ['a'] }),
  wrong('unknown path', '/v1/nope', {}),
  { name: 'wrong method', path: chatPath, method: 'GET' },
  { name: 'another wrong method', path: '/v1/models', method: 'DELETE' },
  { name: 'HEAD', path: '/health', method: 'HEAD' },
]

export function send(
  url: string,
  { path, body, method, contentType = 'application/json' }: HttpCase,
): Promise<Response> {
  if (body === undefined) return fetch(url + path, { method: method ?? 'GET' })
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
