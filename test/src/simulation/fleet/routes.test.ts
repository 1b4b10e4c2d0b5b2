import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { chat, startFleet, tinyEngine } from '../../../support/simulated-fleet.ts'

const path = '/v1/chat/completions'
const message0 = 'body.messages.0.ChatCompletionDeveloperMessageParam'

t.test('health, ping, version and load answer as vLLM does', async (t) => {
  const { url, getJson } = await startFleet(t)
  for (const [probe, method] of [
    ['/health', 'GET'],
    ['/ping', 'GET'],
    ['/ping', 'POST'],
  ] as const) {
    const response = await fetch(url + probe, { method })
    t.strictSame([response.status, await response.text()], [200, ''], `${method} ${probe}`)
  }
  t.match(await getJson('/version'), { version: /^\d+\.\d+\.\d+/ })
  t.strictSame(await getJson('/load'), { server_load: 0 })
})

t.test('peer routers find what they ask workers for', async (t) => {
  const { getJson } = await startFleet(t)
  for (const info of ['/server_info', '/get_server_info']) {
    t.match(await getJson(info), {
      model_path: 'tiny',
      served_model_name: 'tiny',
      dp_size: 1,
      max_total_num_tokens: 4096,
    })
  }
  for (const info of ['/model_info', '/get_model_info'])
    t.match(await getJson(info), { model_path: 'tiny', is_generation: true })
})

t.test('an unknown path is 404 and a wrong method 405, in the shape of Starlette', async (t) => {
  const { url, postJson } = await startFleet(t)
  t.match(await postJson('/v1/nothing', {}), {
    status: 404,
    body: { detail: 'Not Found' },
  })
  const response = await fetch(url + path)
  t.equal(response.headers.get('allow'), 'POST')
  t.strictSame(await response.json(), { detail: 'Method Not Allowed' })
})

t.test('an unknown model is 404 and names it', async (t) => {
  const { postJson } = await startFleet(t)
  const error = { message: /`other` does not exist/, type: 'NotFoundError', param: 'model', code: 404 }
  t.match(await postJson(path, chat('hi', { model: 'other' })), { status: 404, body: { error } })
})

t.test('a bad body is 400, all its problems named, the first as param', async (t) => {
  const { postJson } = await startFleet(t)
  const cases: readonly (readonly [string, string, unknown, RegExp, string])[] = [
    ['bad JSON', path, '{"model":', /JSON decode error/, 'body'],
    ['no object', path, '[]', /expected an object/, 'body'],
    ['no messages', path, {}, /body\.messages: field required/, 'body.messages'],
    [
      'wrong types',
      path,
      chat('hi', { n: 'x', stream: 1 }),
      /2 validation errors[^]*body\.n[^]*body\.stream/,
      'body.n',
    ],
    ['tools that are no list', path, chat('hi', { tools: {} }), /body\.tools: expected a list/, 'body.tools'],
    [
      'options that are no object',
      path,
      chat('hi', { stream_options: 1 }),
      /expected an object/,
      'body.stream_options',
    ],
    ['a message without role', path, { messages: [{ content: 'x' }] }, /messages\.0/, `${message0}.role`],
    ['a number as content', path, { messages: [{ role: 'user', content: 5 }] }, /content/, `${message0}.content`],
    ['mixed prompts', '/v1/completions', { prompt: ['a', 5] }, /expected text or token ids/, 'body.prompt'],
    ['a number as prompt', '/v1/completions', { prompt: 5 }, /expected text or token ids/, 'body.prompt'],
    ['too many answers', '/v1/completions', { prompt: ['a', 'b'], n: 2000 }, /at most 2048/, 'body.prompt'],
  ]
  for (const [name, to, body, message, param] of cases) {
    t.match(
      await postJson(to, body),
      { status: 400, body: { error: { message, type: 'Bad Request', param, code: 400 } } },
      name,
    )
  }
})

t.test('values of the right type that cannot be served are refused one at a time', async (t) => {
  const { postJson } = await startFleet(t)
  const cases: readonly (readonly [string, string, unknown, RegExp, string | null])[] = [
    ['an empty conversation', path, { messages: [] }, /at least one message/, null],
    ['no tokens wanted', path, chat('hi', { max_tokens: 0, n: 0 }), /max_tokens is 0/, 'max_tokens'],
    ['no answer wanted', path, chat('hi', { n: 0 }), /n is 0/, null],
    ['negative least tokens', path, chat('hi', { min_tokens: -1 }), /min_tokens is -1/, null],
    ['stream options alone', path, chat('hi', { stream_options: {} }), /stream=True/, 'stream_options'],
    ['an empty salt', path, chat('hi', { cache_salt: '' }), /non-empty/, 'cache_salt'],
    ['no prompt', '/v1/completions', {}, /must be given/, 'prompt'],
    ['an empty text', '/v1/completions', { prompt: '' }, /not empty/, 'prompt'],
    ['an empty prompt list', '/v1/completions', { prompt: [] }, /At least one prompt/, null],
    ['an empty prompt of several', '/v1/completions', { prompt: [[1], []] }, /cannot be empty/, null],
    ['an unknown token', '/v1/completions', { prompt: [2 ** 32] }, /out of vocabulary/, null],
  ]
  for (const [name, to, body, message, param] of cases) {
    const error = { message, type: 'BadRequestError', param, code: 400 }
    t.match(await postJson(to, body), { status: 400, body: { error } }, name)
  }
})

t.test('only application/json is read', async (t) => {
  const { postJson } = await startFleet(t)
  const headers = { 'content-type': 'text/plain' }
  t.match(await postJson(path, chat('hi'), { headers }), {
    status: 400,
    body: { error: { message: /application\/json/ } },
  })
  const charset = { 'content-type': 'application/json; charset=utf-8' }
  t.match(await postJson(path, chat('hi'), { headers: charset }), { status: 200 })
})

t.test('content parts, null contents and tool calls become prompt text', async (t) => {
  const { postJson } = await startFleet(t)
  const messages = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url: 'http://x/y.png' } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [{ id: '1' }] },
    { role: 'tool', content: 'done' },
  ]
  t.match(
    await postJson(path, { messages, tools: [{ type: 'function', function: { name: 'look' } }], max_tokens: 1 }),
    { status: 200 },
  )
})

t.test('a body at the limit is read, a larger one is 413 whether it says its length or not', async (t) => {
  const maxBodyBytes = 10_000
  const { url, postJson } = await startFleet(t, { maxBodyBytes, engine: { ...tinyEngine, maxModelLen: 4096 } })
  const fill = (length: number) => {
    const body = JSON.stringify(chat('', { max_tokens: 1 }))
    return body.replace('"content":""', `"content":"${'x'.repeat(length - body.length)}"`)
  }
  t.match(await postJson(path, fill(maxBodyBytes)), { status: 200 })
  const refused = { status: 413, body: { error: { code: 413, message: /10000 bytes/ } } }
  t.match(await postJson(path, fill(maxBodyBytes + 1)), refused)
  const chunked = httpRequest(url + path, { method: 'POST', headers: { 'content-type': 'application/json' } })
  const answered = Promise.withResolvers<{ readonly status: number | undefined; readonly body: unknown }>()
  chunked.on('response', (response) => {
    void text(response).then((body) => answered.resolve({ status: response.statusCode, body: JSON.parse(body) }))
  })
  chunked.on('error', answered.reject)
  for (let sent = 0; sent <= maxBodyBytes; sent += 1000) chunked.write('x'.repeat(1000))
  chunked.end()
  t.match(await answered.promise, refused)
})

t.test('a 20 MB body is refused with 413', async (t) => {
  const { postJson } = await startFleet(t)
  t.match(await postJson(path, chat('x'.repeat(20_000_000))), { status: 413 })
})

t.test('a client that leaves while it sends disturbs nobody', async (t) => {
  const { url, postJson } = await startFleet(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"mod`)
  await new Promise((resolve) => socket.write('e', resolve))
  socket.destroy()
  t.match(await postJson(path, chat('hi')), { status: 200 })
})

t.test('responses have the headers of uvicorn, which names no keep-alive time, and of vLLM', async (t) => {
  const { url } = await startFleet(t)
  const { headers } = await fetch(`${url}/health`)
  t.strictSame([...headers.keys()].toSorted(), ['content-length', 'date', 'server', 'vary'])
  t.equal(headers.get('vary'), 'Origin')
})
