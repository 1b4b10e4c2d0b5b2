import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import t from 'tap'
import { answers, stallsMidStream } from '../../support/fake-replica.ts'
import { chat, post, startFor, startProxy, streamed } from '../../support/proxy-harness.ts'

t.test('a chat is answered by the replica, with ids and the decision in headers', async (t) => {
  const { proxy } = await startFor(t, 1)
  const response = await post(proxy.url, chat, { headers: { 'x-request-id': 'my-id' } })
  t.equal(response.status, 200)
  t.match(await response.json(), { choices: [{ message: { content: 'abc' } }] })
  t.equal(response.headers.get('x-request-id'), 'my-id')
  t.equal(response.headers.get('x-warmpath-endpoint'), 'r0')
  t.ok(response.headers.get('x-warmpath-decision'))
})

t.test('the body reaches the replica byte for byte, the query and the key with it', async (t) => {
  const { proxy, first } = await startFor(t, 1)
  const body = '{ "model":"m",\n"messages":[], "x": 1.0, "y":"\\u00e9" }'
  await (await post(proxy.url, body, { headers: { authorization: 'Bearer k' } }, '/v1/chat/completions?a=1')).text()
  t.match(first.seen[0], {
    method: 'POST',
    url: '/v1/chat/completions?a=1',
    body,
    headers: { authorization: 'Bearer k' },
  })
})

t.test('the decision headers can be switched off; the request id stays', async (t) => {
  const { proxy } = await startFor(t, 1, { settings: { decisionHeaders: false } })
  const response = await post(proxy.url, chat)
  await response.text()
  t.equal(response.headers.get('x-warmpath-endpoint'), null)
  t.ok(response.headers.get('x-request-id'))
})

const refused: readonly (readonly [string, string, unknown, { status: number; code: string }])[] = [
  ['bad JSON', '/v1/chat/completions', '{"model":', { status: 400, code: 'invalid_json' }],
  [
    'no model',
    '/v1/chat/completions',
    { messages: chat.messages },
    { status: 400, code: 'missing_required_parameter' },
  ],
  ['an unknown model', '/v1/chat/completions', { ...chat, model: 'x' }, { status: 404, code: 'model_not_found' }],
  ['an unknown path', '/metrics', {}, { status: 404, code: 'unknown_path' }],
  [
    'a body above the limit',
    '/v1/chat/completions',
    'x'.repeat(64 * 1024 + 1),
    { status: 413, code: 'request_too_large' },
  ],
]

for (const [what, path, body, { status, code }] of refused) {
  t.test(`${what} is answered ${status} in OpenAI's shape, and no replica sees it`, async (t) => {
    const { proxy, first } = await startFor(t, 1)
    const response = await post(proxy.url, body, {}, path)
    t.equal(response.status, status)
    t.match(await response.json(), { error: { code, message: String, type: 'invalid_request_error' } })
    t.ok(response.headers.get('x-request-id'))
    t.strictSame(first.seen, [])
  })
}

t.test('paths that name no model go to any replica, without reading the body', async (t) => {
  const { proxy, first } = await startFor(t, 1)
  first.next(answers(200, { text: 'heard' }))
  const form = new FormData()
  form.set('file', new Blob([Buffer.alloc(100)]))
  const response = await fetch(`${proxy.url}/v1/audio/transcriptions`, { method: 'POST', body: form })
  t.match(await response.json(), { text: 'heard' })
  t.match(first.seen[0]?.headers['content-type'], /multipart\/form-data/)
})

t.test('an empty pool is 503, whatever the model', async (t) => {
  const proxy = await startProxy({ replicas: [] })
  t.teardown(() => proxy.close())
  for (const path of ['/v1/chat/completions', '/v1/whatever']) {
    const response = await post(proxy.url, chat, {}, path)
    t.equal(response.status, 503)
    t.equal(response.headers.get('retry-after'), '1')
    t.match(await response.json(), { error: { code: 'no_endpoint' } })
  }
})

t.test('/health is 200 while a replica is ready', async (t) => {
  const { proxy } = await startFor(t, 1)
  t.equal((await fetch(`${proxy.url}/health`)).status, 200)
  proxy.pool.apply({ kind: 'health', name: 'r0', health: 'unreachable' })
  t.equal((await fetch(`${proxy.url}/health`)).status, 503)
})

t.test('a connection serves further requests after an error answer', async (t) => {
  const { proxy } = await startFor(t, 1)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const send = (body: string) =>
    new Promise<{ status: number | undefined; reused: boolean }>((resolve, reject) => {
      const request = http.request(`${proxy.url}/v1/chat/completions`, { method: 'POST', agent }, (response) => {
        response.resume().once('end', () => resolve({ status: response.statusCode, reused: request.reusedSocket }))
      })
      request.once('error', reject)
      request.end(body)
    })
  t.match(await send('{'), { status: 400 })
  t.match(await send(JSON.stringify(chat)), { status: 200, reused: true })
})

t.test('pipelined requests are answered in turn, and those behind a client that left are never sent', async (t) => {
  const { proxy, first } = await startFor(t, 1)
  first.next(stallsMidStream)
  const body = JSON.stringify(streamed)
  const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const socket = net.connect(Number(new URL(proxy.url).port), '127.0.0.1')
  socket.write(request + request)
  await once(socket, 'data')
  t.equal(proxy.inFlight(), 1)
  socket.destroy()
  await first.aborts(1)
  await proxy.drain()
  t.equal(proxy.inFlight(), 0)
  t.equal(first.seen.length, 1)
})

t.test('pipelined requests both get their answer', async (t) => {
  const { proxy } = await startFor(t, 1)
  const body = JSON.stringify(chat)
  const request = (more: string) =>
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${more}content-length: ${body.length}\r\n\r\n${body}`
  const socket = net.connect(Number(new URL(proxy.url).port), '127.0.0.1')
  socket.write(request('x-request-id: one\r\n') + request('x-request-id: two\r\nconnection: close\r\n'))
  t.match(await textOf(socket), /x-request-id: one.*"abc".*x-request-id: two.*"abc"/s)
})

t.test('a request target in absolute form is served', async (t) => {
  const { proxy } = await startFor(t, 1)
  const request = http.get(proxy.url, { path: 'http://anything/health' })
  const response = await new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve))
  t.match(response, { statusCode: 200 })
  request.destroy()
})
