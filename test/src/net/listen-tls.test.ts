import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { listenTls } from '../../../src/net/http-server.ts'
import { newIdentity } from '../../support/webhook-harness.ts'

const never = new AbortController().signal
const local = { host: '127.0.0.1', port: 0 }

function get(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (incoming) => void text(incoming).then(resolve, reject))
    outgoing.on('error', reject)
    outgoing.end()
  })
}

t.test('listenTls() serves over TLS, with its url', async (t) => {
  const pair = await newIdentity()
  const listener = await listenTls((_request, response) => response.end('hello'), { ...local, pair })
  const agent = new Agent({ ca: pair.authority })
  t.equal(listener.url, `https://127.0.0.1:${listener.port}`)
  t.equal(await get(listener.url, agent), 'hello')
  await listener.close(never)
})

t.test('close() ends idle connections at once, and those that are still shaking hands', async (t) => {
  const pair = await newIdentity()
  const listener = await listenTls((_request, response) => response.end('hello'), { ...local, pair })
  const agent = new Agent({ ca: pair.authority, keepAlive: true })
  await get(listener.url, agent)
  const silent = connectTls({ host: '127.0.0.1', port: listener.port, ca: pair.authority })
  await once(silent, 'secureConnect')
  silent.resume()
  const mute = connect(listener.port, '127.0.0.1')
  await once(listener.server, 'connection')
  mute.resume()
  await Promise.all([listener.close(never), once(silent, 'close'), once(mute, 'close')])
  await t.rejects(get(listener.url, agent), { code: 'ECONNREFUSED' })
  agent.destroy()
})

t.test('close() waits for an open request, and destroys it at the deadline', async (t) => {
  const pair = await newIdentity()
  const asked = Promise.withResolvers<ServerResponse>()
  const listener = await listenTls((_request, response) => asked.resolve(response), { ...local, pair })
  const agent = new Agent({ ca: pair.authority, keepAlive: true })
  const answer = get(listener.url, agent)
  const response = await asked.promise
  const closed = listener.close(never)
  response.end('late but whole')
  t.equal(await answer, 'late but whole')
  await closed
  agent.destroy()
})

t.test('a pair that does not fit is refused, and the one before stays', async (t) => {
  const [pair, other] = await Promise.all([newIdentity(), newIdentity()])
  const listener = await listenTls((_request, response) => response.end('hello'), { ...local, pair })
  t.throws(() => listener.usePair({ certificate: other.certificate, key: pair.key }))
  t.equal(await get(listener.url, new Agent({ ca: pair.authority })), 'hello')
  await listener.close(never)
})
