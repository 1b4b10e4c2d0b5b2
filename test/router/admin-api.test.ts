import t, { type Test } from 'tap'
import { isObject } from '../../router/openai/json.ts'
import { warmpath } from '../../router/policies/warmpath.ts'
import { answers, dropsBeforeHead, failsMidStream, hangs, startFakeReplica } from '../support/fake-replica.ts'
import { rowsOf, startProxy } from '../support/proxy-harness.ts'

async function start(t: Test) {
  const [first, second] = [await startFakeReplica('r0'), await startFakeReplica('r1')]
  const proxy = await startProxy({ replicas: [first, second], policy: warmpath })
  t.teardown(async () => {
    await proxy.close()
    await Promise.all([first.close(), second.close()])
  })
  const get = async (path: string): Promise<unknown> => (await fetch(proxy.adminUrl + path)).json()
  return { proxy, first, second, get }
}

const body = (content: string, more: object = {}) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more })
const post = (url: string, text: string, init: RequestInit = {}) => fetch(url, { method: 'POST', body: text, ...init })
const chat = (url: string, text: string, init: RequestInit = {}) => post(`${url}/v1/chat/completions`, text, init)
const long = 'the same long prompt '.repeat(50)

t.test('/api/endpoints shows load, prefix knowledge and totals of every endpoint', async (t) => {
  const { proxy, get } = await start(t)
  const response = await chat(proxy.url, body(long))
  await response.text()
  t.match(await get('/api/endpoints'), { version: Number, policy: 'warmpath', endpoints: { length: 2 } })
  const endpoints = await rowsOf(fetch(`${proxy.adminUrl}/api/endpoints`), 'endpoints')
  t.match(
    endpoints.find(({ name }) => name === response.headers.get('x-warmpath-endpoint')),
    {
      pool: 'test',
      model: 'm',
      health: 'ready',
      signals: {},
      load: { requests: 0, prefillRequests: 0, prefillTokens: 0, promptTokens: 0, kvBlocks: 0 },
      prefix: { blocks: Number, capacityBlocks: Number },
      totals: { routed: 1, completed: 1, failed: 0, cancelled: 0, promptTokens: Number, observedCachedTokens: 16 },
    },
  )
})

t.test('the same long prompt twice: the second decision names the same replica and what it holds', async (t) => {
  const { proxy } = await start(t)
  const one = await chat(proxy.url, body(long))
  await one.text()
  const two = await chat(proxy.url, body(`${long}${'and more '.repeat(16)}`), { headers: { 'x-request-id': 'second' } })
  await two.text()
  t.equal(two.headers.get('x-warmpath-endpoint'), one.headers.get('x-warmpath-endpoint'))
  const decisions = await rowsOf(fetch(`${proxy.adminUrl}/api/decisions?limit=1`), 'decisions')
  t.match(decisions, [
    { requestId: 'second', outcome: 'completed', attempts: 1, observedCachedTokens: 16, e2eMs: Number },
  ])
  t.match(decisions, [{ promptBlocks: 37, matchedBlocks: 33 }])
  t.match(await proxy.registry.metrics(), /warmpath_router_observed_cached_tokens_total\{model="m"\} 32/)
})

t.test('a retried request is one decision with its attempts, and a failure of the first endpoint', async (t) => {
  const { proxy, first, second, get } = await start(t)
  first.next(dropsBeforeHead)
  second.next(dropsBeforeHead)
  const response = await chat(proxy.url, body('x'))
  t.equal(response.status, 502)
  await response.text()
  t.match(await get('/api/decisions'), { decisions: [{ outcome: 'failed', attempts: 2 }] })
  t.match(await get('/api/endpoints'), {
    endpoints: [{ totals: { routed: 1, failed: 1 } }, { totals: { routed: 1, failed: 1 } }],
  })
  t.match(await proxy.registry.metrics(), /warmpath_router_retries_total\{reason="dropped"\} 1/)
})

t.test('a stream in which the engine says that it failed is a failure', async (t) => {
  const { proxy, first, second, get } = await start(t)
  first.next(failsMidStream)
  second.next(failsMidStream)
  await (await chat(proxy.url, body('x', { stream: true }))).text()
  t.match(await get('/api/decisions'), { decisions: [{ outcome: 'failed', ttftMs: Number }] })
})

t.test('the size of prompts in tokens is learned from what engines report', async (t) => {
  const { proxy, first, second } = await start(t)
  const explain = async () => (await post(`${proxy.adminUrl}/api/explain`, body(long))).json()
  t.match(await explain(), { promptTokens: 264 })
  for (const replica of [first, second]) {
    const reports = answers(200, { choices: [], usage: { prompt_tokens: 1000, completion_tokens: 1 } })
    replica.next(...Array.from({ length: 60 }, () => reports))
  }
  for (let i = 0; i < 60; i++) await (await chat(proxy.url, body(long))).text()
  const learned: unknown = await explain()
  const tokens = isObject(learned) ? Number(learned['promptTokens']) : 0
  t.ok(tokens > 700 && tokens < 1100, `${tokens} is nearer 1000 than 264`)
})

t.test('a cancelled request is told from a failed one', async (t) => {
  const { proxy, first, second, get } = await start(t)
  first.next(hangs)
  second.next(hangs)
  const leaving = new AbortController()
  const answer = chat(proxy.url, body('x'), { signal: leaving.signal })
  await Promise.race([first.requests(1), second.requests(1)])
  t.match(await get('/api/decisions'), { decisions: [{ outcome: 'streaming' }] })
  leaving.abort()
  await t.rejects(answer)
  await Promise.race([first.aborts(1), second.aborts(1)])
  t.match(await get('/api/decisions'), { decisions: [{ outcome: 'cancelled' }] })
  t.match(await proxy.registry.metrics(), /warmpath_router_requests_total\{model="m",status="cancelled"\} 1/)
})

t.test('/api/explain gives the decision of now and books nothing', async (t) => {
  const { proxy, get } = await start(t)
  await (await chat(proxy.url, body(long))).text()
  const explained = await (await post(`${proxy.adminUrl}/api/explain`, body(long))).json()
  t.match(explained, {
    policy: 'warmpath',
    endpoint: /^r[01]$/,
    reason: String,
    candidates: [{ endpoint: 'r0' }, { endpoint: 'r1' }],
  })
  t.equal(proxy.inFlight(), 0)
  t.match(await get('/api/decisions'), { decisions: { length: 1 } })
})

const explains: readonly (readonly [string, string, number, RegExp])[] = [
  ['bad JSON', '{', 400, /not JSON/],
  ['an unknown model', '{"model":"x","prompt":"a"}', 404, /Served: m/],
  ['no model', '{"prompt":"a"}', 400, /"model" is missing/],
  ['a body without a prompt', '{"model":"m"}', 400, /"messages" is missing/],
]

for (const [what, text, status, message] of explains) {
  t.test(`/api/explain of ${what} is ${status}`, async (t) => {
    const { proxy } = await start(t)
    const response = await post(`${proxy.adminUrl}/api/explain`, text)
    t.equal(response.status, status)
    t.match(await response.json(), { error: { message } })
  })
}

t.test('/api/explain reads a body as the API that ?path= names', async (t) => {
  const { proxy } = await start(t)
  const explain = async (path: string): Promise<unknown> =>
    (
      await post(`${proxy.adminUrl}/api/explain?path=${path}`, JSON.stringify({ model: 'm', input: 'x'.repeat(400) }))
    ).json()
  t.match(await explain('/v1/responses'), { promptBlocks: 12 })
  t.match(await explain('/v1/embeddings'), { promptBlocks: 0 })
  t.match(await explain('/nowhere'), { error: { message: /No such path/ } })
})

t.test('a limit that is no count is refused', async (t) => {
  const { get } = await start(t)
  for (const limit of ['0', '-1', 'x', '1.5'])
    t.match(await get(`/api/decisions?limit=${limit}`), { error: { param: 'limit' } })
})

t.test('an endpoint that left takes its totals and series with it, a restarted one its prefixes', async (t) => {
  const { proxy } = await start(t)
  await (await chat(proxy.url, body(long))).text()
  const blocks = () => proxy.router.view('r0').indexedBlocks + proxy.router.view('r1').indexedBlocks
  t.ok(blocks() > 0)
  for (const name of ['r0', 'r1']) {
    proxy.pool.apply({ kind: 'signals', name, signals: { processStartTimeSeconds: 1 } })
    proxy.pool.apply({ kind: 'signals', name, signals: { processStartTimeSeconds: 2 } })
  }
  t.equal(blocks(), 0)
  proxy.pool.apply({ kind: 'replaced', source: 'test', endpoints: [] })
  t.notMatch(await proxy.registry.metrics(), /endpoint="r[01]"/)
})
