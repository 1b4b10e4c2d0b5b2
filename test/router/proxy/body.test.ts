import http from 'node:http'
import t from 'tap'
import { chat, post, startFor } from '../../support/proxy-harness.ts'

t.test('a body of exactly the limit is taken', async (t) => {
  const { proxy } = await startFor(t, 1)
  const frame = JSON.stringify({ ...chat, pad: '' })
  const response = await post(proxy.url, JSON.stringify({ ...chat, pad: 'x'.repeat(64 * 1024 - frame.length) }))
  t.equal(response.status, 200)
  await response.text()
})

t.test('an unannounced body above the limit is answered 413 while it is still being sent', async (t) => {
  const { proxy } = await startFor(t, 1)
  const request = http.request(`${proxy.url}/v1/chat/completions`, { method: 'POST' })
  request.on('error', () => undefined)
  const answered = new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve))
  request.write(Buffer.alloc(100 * 1024, 'x'))
  const response = await answered
  t.equal(response.statusCode, 413)
  t.equal(response.headers.connection, 'close')
  request.end()
  response.resume()
})

t.test('a client that sends its body too slowly is answered 408', async (t) => {
  const { proxy } = await startFor(t, 1, { settings: { requestTimeout: 30 } })
  const request = http.request(`${proxy.url}/v1/chat/completions`, { method: 'POST' })
  request.on('error', () => undefined)
  request.write('{"model":')
  const response = await new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve))
  t.equal(response.statusCode, 408)
  response.resume()
  request.destroy()
})
