import fc from 'fast-check'
import t from 'tap'
import type { Api } from '../../../router/openai/api.ts'
import { readRequest } from '../../../router/openai/request.ts'

const chat: Api = { kind: 'generate', prompt: 'chat' }
const completions: Api = { kind: 'generate', prompt: 'completions' }
const bytesOf = (body: unknown) => Buffer.from(JSON.stringify(body))
const good = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

function errorOf(api: Api, bytes: Uint8Array) {
  const result = readRequest(api, bytes, undefined)
  return result.ok ? undefined : result.error
}

function fieldsOf(api: Api, body: unknown, sessionId?: string) {
  const result = readRequest(api, bytesOf(body), sessionId)
  if (!result.ok) return result.error
  const { api: _api, body: _body, bodyBytes: _bytes, ...fields } = result.request
  return fields
}

t.test('bad JSON is a 400 that says where it is bad', (t) => {
  const error = errorOf(chat, Buffer.from('{"model": "m",\n "messages": [}'))
  t.match(error, { status: 400, code: 'invalid_json', message: /unexpected "}" at byte 29 \(line 2, column 15\)/ })
  t.match(errorOf(chat, Buffer.from('{"model": "m"'))?.message, /ends too early at byte 13/)
  t.end()
})

const refusals: readonly (readonly [string, Api, string, { code: string; param?: string; message: RegExp }])[] = [
  ['an empty body', chat, '', { code: 'invalid_json', message: /empty/ }],
  ['a list', chat, '[1]', { code: 'invalid_body', message: /is a list; expected a JSON object/ }],
  ['null', chat, 'null', { code: 'invalid_body', message: /is null/ }],
  ['a text', chat, '"hi"', { code: 'invalid_body', message: /is a string/ }],
  [
    'a body without model',
    chat,
    '{"messages":[]}',
    { code: 'missing_required_parameter', param: 'model', message: /"model" is missing/ },
  ],
  [
    'a model that is a number',
    chat,
    '{"model":7,"messages":[]}',
    { code: 'invalid_type', param: 'model', message: /a number; expected a string/ },
  ],
  [
    'a chat without messages',
    chat,
    '{"model":"m"}',
    { code: 'missing_required_parameter', param: 'messages', message: /missing/ },
  ],
  [
    'messages that are a text',
    chat,
    '{"model":"m","messages":"hi"}',
    { code: 'invalid_type', param: 'messages', message: /a string; expected a list of messages/ },
  ],
  [
    'a prompt that is an object',
    completions,
    '{"model":"m","prompt":{}}',
    { code: 'invalid_type', param: 'prompt', message: /an object; expected a string or a list/ },
  ],
  [
    'an input that is a number',
    { kind: 'generate', prompt: 'responses' },
    '{"model":"m","input":1}',
    { code: 'invalid_type', param: 'input', message: /a number/ },
  ],
  [
    'an embedding without model',
    { kind: 'pool' },
    '{"input":"x"}',
    { code: 'missing_required_parameter', param: 'model', message: /missing/ },
  ],
]

for (const [what, api, body, expected] of refusals) {
  t.test(`${what} is refused by name`, (t) => {
    t.match(errorOf(api, Buffer.from(body)), { status: 400, type: 'invalid_request_error', ...expected })
    t.end()
  })
}

t.test('reads model, stream, salt and session', (t) => {
  const body = { ...good, stream: true, cache_salt: 's', session_id: 'mine', temperature: 0 }
  t.strictSame(fieldsOf(chat, body), { model: 'm', stream: true, cacheSalt: 's', sessionId: 'mine' })
  t.end()
})

t.test('the x-session-id header wins over session_id of the body', (t) => {
  t.match(fieldsOf(chat, { ...good, session_id: 'body' }, 'header'), { sessionId: 'header' })
  t.end()
})

const limits: readonly (readonly [object, number | undefined])[] = [
  [{}, undefined],
  [{ max_tokens: 10 }, 10],
  [{ max_tokens: 10, max_completion_tokens: 7 }, 7],
  [{ max_output_tokens: 5 }, 5],
  [{ max_tokens: 10, n: 3 }, 30],
  [{ sampling_params: { max_tokens: 4, n: 2 } }, 8],
  [{ max_tokens: 'ten' }, undefined],
  [{ max_tokens: -1 }, undefined],
  [{ max_tokens: 1.5 }, undefined],
]

for (const [fields, expected] of limits) {
  t.test(`the longest answer of ${JSON.stringify(fields)} is ${expected ?? 'unlimited'}`, (t) => {
    const result = readRequest(chat, bytesOf({ ...good, ...fields }), undefined)
    t.equal(result.ok ? result.request.maxOutputTokens : 'refused', expected)
    t.end()
  })
}

t.test('a plain path takes any body, and reads the model when there is one', (t) => {
  t.strictSame(fieldsOf({ kind: 'plain' }, { model: 'm', prompt: 'x' }), { model: 'm', stream: false })
  t.ok(readRequest({ kind: 'plain' }, Buffer.from('--boundary\r\n'), undefined).ok)
  t.ok(readRequest({ kind: 'plain' }, Buffer.alloc(0), undefined).ok)
  t.end()
})

t.test('any JSON is read or refused with 400, never thrown at', (t) => {
  const law = fc.property(fc.json(), fc.constantFrom(chat, completions), (json, api) => {
    const result = readRequest(api, Buffer.from(json), undefined)
    return result.ok || result.error.status === 400
  })
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})
