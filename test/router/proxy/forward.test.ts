import { once } from 'node:events'
import http from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import { definePolicy } from '../../../router/scheduling/policy.ts'
import {
  answers,
  answersGarbage,
  type Behaviour,
  diesMidStream,
  dropsAfterHead,
  dropsBeforeHead,
  hangs,
  hangsAfterHead,
  stallsMidStream,
  streams,
  truncates,
} from '../../support/fake-replica.ts'
import { chat, post, startFor, streamed } from '../../support/proxy-harness.ts'

t.test('a stream passes event by event', async (t) => {
  const { proxy, first } = await startFor(t, 1)
  const token = (text: string) => `data: {"choices":[{"delta":{"content":"${text}"}}]}\n\n`
  let sendMore = () => undefined as void
  first.next(({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(token('first'))
    sendMore = () => void response.end(`${token('second')}data: [DONE]\n\n`)
  })
  const response = await post(proxy.url, streamed)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  t.match((await reader?.read())?.value, /first/)
  sendMore()
  t.match((await reader?.read())?.value, /second.*DONE/s)
  t.ok((await reader?.read())?.done)
})

const faults: readonly (readonly [string, Behaviour])[] = [
  ['drops the connection before its head', dropsBeforeHead],
  ['drops the connection after its head', dropsAfterHead],
  ['answers something that is not HTTP', answersGarbage],
  ['answers 503', answers(503, { error: { message: 'scaling' } })],
]

for (const [what, fault] of faults) {
  t.test(`when a replica ${what}, another answers`, async (t) => {
    const { proxy, first, second } = await startFor(t, 2)
    first.next(fault)
    const response = await post(proxy.url, streamed)
    t.equal(response.headers.get('x-warmpath-endpoint'), 'r1')
    t.match(await response.text(), /\[DONE\]/)
    t.equal(first.seen.length, 1)
    t.equal(second.seen.length, 1)
    t.equal(proxy.inFlight(), 0)
  })
}

t.test('when a replica is down, another answers', async (t) => {
  const { proxy, first } = await startFor(t, 2)
  await first.close()
  const response = await post(proxy.url, chat, {}, '/v1/unknown')
  t.equal(response.headers.get('x-warmpath-endpoint'), 'r1')
  await response.text()
  t.match(await proxy.registry.metrics(), /warmpath_router_retries_total\{reason="unreachable"\} 1/)
})

t.test('a request of unknown effect is not repeated when a replica drops it', async (t) => {
  const { proxy, first, second } = await startFor(t, 2)
  first.next(dropsBeforeHead)
  t.equal((await post(proxy.url, chat, {}, '/v1/unknown')).status, 502)
  t.equal(second.seen.length, 0)
})

t.test('when a replica hangs past the first-byte timeout, another answers and the first is let go', async (t) => {
  const { proxy, first } = await startFor(t, 2, { settings: { firstByteTimeout: 300 } })
  first.next(hangsAfterHead)
  const response = await post(proxy.url, streamed)
  t.equal(response.headers.get('x-warmpath-endpoint'), 'r1')
  await response.text()
  await first.aborts(1)
})

const hopeless: readonly (readonly [string, Behaviour, number, string])[] = [
  ['drops every connection', dropsBeforeHead, 502, 'upstream_error'],
  ['answers garbage', answersGarbage, 502, 'upstream_error'],
  ['hangs', hangs, 504, 'upstream_timeout'],
]

for (const [what, fault, status, code] of hopeless) {
  t.test(`when the only replica ${what}, the client is answered ${status}`, async (t) => {
    const { proxy, first } = await startFor(t, 1, { settings: { firstByteTimeout: 30 } })
    first.next(fault)
    const response = await post(proxy.url, chat)
    t.equal(response.status, status)
    t.match(await response.json(), { error: { code, type: 'server_error' } })
    t.equal(proxy.inFlight(), 0)
  })
}

t.test('when all replicas answer 503, the last answer is passed on', async (t) => {
  const { proxy, replicas } = await startFor(t, 2)
  for (const replica of replicas) replica.next(answers(503, { error: { message: 'scaling' } }))
  const response = await post(proxy.url, chat)
  t.equal(response.status, 503)
  t.match(await response.json(), { error: { message: 'scaling' } })
})

for (const status of [400, 404, 422, 429, 500]) {
  t.test(`a ${status} of the engine is passed on and not retried`, async (t) => {
    const { proxy, first, second } = await startFor(t, 2)
    first.next(answers(status, { error: { message: 'as it is' } }))
    const response = await post(proxy.url, chat)
    t.equal(response.status, status)
    t.match(await response.json(), { error: { message: 'as it is' } })
    t.equal(second.seen.length, 0)
  })
}

t.test('when a replica dies mid-stream, the stream ends with an error event', async (t) => {
  const { proxy, first, second } = await startFor(t, 2)
  first.next(diesMidStream)
  const text = await (await post(proxy.url, streamed)).text()
  t.match(text, /^data: \{"choices".*\n\ndata: \{"choices":\n\ndata: \{"error":\{"message":.*"upstream_error"/s)
  t.equal(second.seen.length, 0)
  t.equal(proxy.inFlight(), 0)
})

t.test('when a stream falls silent, it ends with an error event and the replica is let go', async (t) => {
  const { proxy, first } = await startFor(t, 1, { settings: { idleTimeout: 30 } })
  first.next(stallsMidStream)
  t.match(await (await post(proxy.url, streamed)).text(), /"code":"upstream_timeout"/)
  await first.aborts(1)
})

for (const type of ['application/json', 'text/event-stream']) {
  t.test(`an answer of announced length that is cut short (${type}) breaks the connection`, async (t) => {
    const { proxy, first } = await startFor(t, 1)
    first.next(truncates(type))
    const response = await post(proxy.url, chat)
    await t.rejects(response.text())
    t.equal(proxy.inFlight(), 0)
  })
}

for (const [when, behaviour] of [
  ['before the answer', hangs],
  ['within the answer', stallsMidStream],
] as const) {
  t.test(`a client that leaves ${when} frees the replica at once`, async (t) => {
    const { proxy, first } = await startFor(t, 1)
    first.next(behaviour)
    const leaving = new AbortController()
    const response = post(proxy.url, streamed, { signal: leaving.signal })
    await first.requests(1)
    t.equal(proxy.inFlight(), 1)
    if (behaviour === stallsMidStream) await response
    leaving.abort()
    await t.rejects(response.then((answer) => answer.text()))
    await first.aborts(1)
    t.equal(proxy.inFlight(), 0)
  })
}

t.test('a kept-alive connection that the replica has closed is replaced without the client noticing', async (t) => {
  const { proxy, first } = await startFor(t, 1, { settings: { retries: 0 } })
  await (await post(proxy.url, chat)).text()
  first.next(dropsBeforeHead)
  const response = await post(proxy.url, chat)
  t.equal(response.status, 200)
  await response.text()
  t.equal(first.connections(), 2)
})

t.test('of several connections that the replica has closed, none is tried after the first', async (t) => {
  const { proxy, first } = await startFor(t, 1, { settings: { retries: 0 } })
  const old = new Set<Socket>()
  const both = Promise.withResolvers<void>()
  const meets: Behaviour = (exchange) => {
    old.add(exchange.request.socket)
    if (old.size === 2) both.resolve()
    void both.promise.then(() => streams()(exchange))
  }
  first.next(meets, meets)
  await Promise.all([post(proxy.url, chat), post(proxy.url, chat)].map(async (answer) => (await answer).text()))
  const dropsOld: Behaviour = (exchange) => (old.has(exchange.request.socket) ? dropsBeforeHead : streams())(exchange)
  first.next(dropsOld, dropsOld)
  t.equal((await post(proxy.url, chat)).status, 200)
})

t.test('a slow reader holds the replica back instead of filling the router', async (t) => {
  const { proxy, first } = await startFor(t, 1)
  const big = Buffer.alloc(256 * 1024, 'x')
  let sent = 0
  const full = new Promise<void>((resolve) => {
    first.next(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      const push = (): void => {
        while (sent < 400) {
          sent++
          if (!response.write(big)) return void response.once('drain', push)
        }
        response.end()
      }
      push()
      response.once('close', resolve)
    })
  })
  const request = http.request(`${proxy.url}/v1/x`, { method: 'POST' })
  const response = await new Promise<http.IncomingMessage>((resolve) => {
    request.once('response', resolve)
    request.end('{}')
  })
  await once(response, 'readable')
  // Rounds through the router, in which more would pass if nothing held it back.
  const rounds = async (): Promise<number> => {
    for (let i = 0; i < 50; i++) await (await fetch(`${proxy.url}/health`)).text()
    return sent
  }
  const before = await rounds()
  t.equal(await rounds(), before)
  t.ok(before < 400, `only ${before} of 400 pieces were taken before the client read`)
  let received = 0
  response.on('data', (chunk: Buffer) => (received += chunk.length))
  await new Promise((resolve) => response.once('end', resolve))
  t.equal(received, 400 * big.length)
  await full
})

t.test('a client that never reads is cut off after the idle timeout', async (t) => {
  const { proxy, first } = await startFor(t, 1, { settings: { idleTimeout: 50 } })
  first.next(({ response }) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    const push = (): void => {
      while (response.write(Buffer.alloc(256 * 1024)));
      response.once('drain', push)
    }
    push()
  })
  const request = http.request(`${proxy.url}/v1/x`, { method: 'POST' })
  request.on('error', () => undefined)
  request.on('response', (response) => response.on('error', () => undefined))
  request.end('{}')
  await first.aborts(1)
  t.equal(proxy.inFlight(), 0)
  request.destroy()
})

t.test('a policy that throws fails its request with 500 and ends nothing else', async (t) => {
  let calls = 0
  const broken = definePolicy({
    type: 'broken',
    doc: 'Throws when it is asked a second time.',
    create: () => ({
      choose() {
        calls++
        if (calls === 2) throw new Error('bug in a plug-in')
        return { index: 0, reason: 'first' }
      },
    }),
  })
  const { proxy, first } = await startFor(t, 2, { policy: broken })
  first.next(dropsBeforeHead)
  const response = await post(proxy.url, chat)
  t.equal(response.status, 500)
  t.match(await response.json(), { error: { code: 'internal_error' } })
  t.equal(proxy.inFlight(), 0)
  t.equal((await post(proxy.url, chat)).status, 200)
})
