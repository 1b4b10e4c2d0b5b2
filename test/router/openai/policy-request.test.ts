import t from 'tap'
import type { Api } from '../../../router/openai/api.ts'
import { PolicyRequests } from '../../../router/openai/policy-request.ts'
import { readRequest } from '../../../router/openai/request.ts'

const chat: Api = { kind: 'generate', prompt: 'chat' }
const completions: Api = { kind: 'generate', prompt: 'completions' }

function sized(requests: PolicyRequests, api: Api, body: object) {
  const read = readRequest(api, Buffer.from(JSON.stringify({ model: 'm', ...body })), 'session-1')
  if (!read.ok) throw new Error(read.error.message)
  return requests.of(read.request, { id: 'r', model: 'm' })
}

const text = 'x'.repeat(1280)

t.test('a prompt is cut into blocks of so many tokens of 4 bytes', (t) => {
  const { request, learnableBytes } = sized(new PolicyRequests({ blockTokens: 32 }), completions, {
    prompt: text,
    max_tokens: 5,
  })
  t.match(request, { id: 'r', model: 'm', sessionId: 'session-1', maxOutputTokens: 5 })
  t.match(request.prompt, { blockTokens: 32, promptTokens: 320, keys: { length: 10 } })
  t.equal(learnableBytes, 1280)
  t.end()
})

t.test('what is learned changes sizes in tokens, and no key', (t) => {
  const requests = new PolicyRequests({ blockTokens: 32 })
  const before = sized(requests, completions, { prompt: text }).request.prompt
  for (let i = 0; i < 500; i++) requests.learn('m', { bytes: 20_000, tokens: 10_000 })
  const after = sized(requests, completions, { prompt: text }).request.prompt
  t.strictSame(after.keys, before.keys)
  t.match(after, { blockTokens: 64, promptTokens: 640 })
  t.end()
})

t.test('token ids are counted, not estimated, and teach nothing', (t) => {
  const requests = new PolicyRequests({ blockTokens: 32 })
  for (let i = 0; i < 500; i++) requests.learn('m', { bytes: 20_000, tokens: 10_000 })
  const { request, learnableBytes } = sized(requests, completions, { prompt: Array.from({ length: 100 }, (_, i) => i) })
  t.match(request.prompt, { blockTokens: 32, promptTokens: 100, keys: { length: 3 } })
  t.equal(learnableBytes, 0)
  t.end()
})

t.test('pooling counts for load and has no blocks, since it reads no cache', (t) => {
  const { request } = sized(new PolicyRequests({ blockTokens: 32 }), { kind: 'pool' }, { input: text })
  t.equal(request.prompt.keys.length, 0)
  t.ok(request.prompt.promptTokens > 300)
  t.end()
})

t.test('a plain path costs no prompt tokens', (t) => {
  const { request } = sized(new PolicyRequests({ blockTokens: 32 }), { kind: 'plain' }, { prompt: text })
  t.match(request.prompt, { promptTokens: 0, keys: { length: 0 } })
  t.end()
})

t.test('equal chats under another salt share no block', (t) => {
  const requests = new PolicyRequests({ blockTokens: 8 })
  const body = { messages: [{ role: 'user', content: text }] }
  const plain = new Set(Array.from(sized(requests, chat, body).request.prompt.keys))
  const salted = Array.from(sized(requests, chat, { ...body, cache_salt: 's' }).request.prompt.keys)
  t.ok(salted.length > 0)
  t.notOk(salted.some((key) => plain.has(key)))
  t.end()
})
