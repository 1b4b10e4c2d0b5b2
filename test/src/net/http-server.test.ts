import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { WarmpathError } from '../../../src/errors.ts'
import { listen } from '../../../src/net/http-server.ts'

const never = new AbortController().signal
const local = { host: '127.0.0.1', port: 0 }

function get(url: string, agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, agent === undefined ? {} : { agent }, resolve)
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** A server whose answers wait for the test. */
async function holding() {
  const asked = Promise.withResolvers<ServerResponse>()
  const handler: RequestListener = (_request, response) => asked.resolve(response)
  return { listener: await listen(handler, local), asked: asked.promise }
}

t.test('listen() takes any free port and names its address', async (t) => {
  const listener = await listen((_request, response) => response.end('hello'), local)
  t.equal(listener.url, `http://127.0.0.1:${listener.port}`)
  t.equal(await text(await get(listener.url)), 'hello')
  await listener.close(never)
})

t.test('a taken port is an error that names host, port and the option to change', async (t) => {
  const first = await listen(() => {}, local)
  const second = listen(() => {}, { ...local, port: first.port, flag: '--admin-port' })
  const error: unknown = await second.catch((reason: unknown) => reason)
  t.ok(error instanceof WarmpathError)
  t.match(error, {
    code: 'PORT_IN_USE',
    message: `Cannot listen on 127.0.0.1:${first.port}: the port is in use; choose another with --admin-port`,
  })
  await first.close(never)
})

t.test('an address that is not ours is an error too', async (t) => {
  await t.rejects(
    listen(() => {}, { host: '203.0.113.1', port: 0 }),
    { code: 'LISTEN_FAILED' },
  )
})

t.test('wildcard hosts become localhost in the url', async (t) => {
  const listener = await listen(() => {}, { host: '0.0.0.0', port: 0 })
  t.equal(listener.url, `http://localhost:${listener.port}`)
  await listener.close(never)
})

t.test('close() ends idle connections at once: after a request, and before the first', async (t) => {
  const listener = await listen((_request, response) => response.end('hello'), local)
  const agent = new Agent({ keepAlive: true })
  await text(await get(listener.url, agent))
  const silent = connect(listener.port, '127.0.0.1')
  await once(listener.server, 'connection')
  silent.resume()
  await Promise.all([listener.close(never), once(silent, 'close')])
  await t.rejects(get(listener.url), { code: 'ECONNREFUSED' })
  agent.destroy()
})

t.test('close() waits for an open request, whose client is told not to come back on the connection', async (t) => {
  const { listener, asked } = await holding()
  const agent = new Agent({ keepAlive: true })
  const answer = get(listener.url, agent)
  const response = await asked
  const closed = listener.close(never)
  response.end('late but whole')
  const incoming = await answer
  t.equal(incoming.headers.connection, 'close')
  t.equal(await text(incoming), 'late but whole')
  await closed
  agent.destroy()
})

t.test('close() lets a stream that has begun run to its end', async (t) => {
  const { listener, asked } = await holding()
  const agent = new Agent({ keepAlive: true })
  const answer = get(listener.url, agent)
  const response = await asked
  response.write('one ')
  const incoming = await answer
  const closed = listener.close(never)
  response.end('two')
  t.equal(await text(incoming), 'one two')
  await closed
  agent.destroy()
})

t.test('what is open at the deadline is destroyed', async (t) => {
  const { listener, asked } = await holding()
  const answer = get(listener.url).catch((error: unknown) => error)
  await asked
  const deadline = new AbortController()
  const closed = listener.close(deadline.signal)
  deadline.abort()
  await closed
  t.match(await answer, { code: 'ECONNRESET' })
})

t.test('a deadline that has passed before close() destroys at once', async (t) => {
  const { listener, asked } = await holding()
  const answer = get(listener.url).catch((error: unknown) => error)
  await asked
  await listener.close(AbortSignal.abort())
  t.match(await answer, { code: 'ECONNRESET' })
})

t.test('a client that sends its header too slowly is answered 408', async (t) => {
  const listener = await listen((_request, response) => response.end(), { ...local, headersTimeoutMs: 100 })
  const slow = connect(listener.port, '127.0.0.1')
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n')
  t.match(await text(slow), /^HTTP\/1\.1 408 /)
  await listener.close(never)
})
