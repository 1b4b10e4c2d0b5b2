import t, { type Test } from 'tap'
import { streamEvents } from '../../support/answer-shape.ts'
import { readMetrics } from '../../support/metrics-page.ts'
import { field } from '../../support/simulated-fleet.ts'
import { requirePart } from '../parts/require-part.ts'
import { vllm } from '../parts/vllm.ts'
import { pause } from '../process.ts'
import { startRouter } from '../start-router.ts'
import { startReal } from './servers.ts'
import { servedModel } from './start.ts'

// `warmpath router` in front of two real vLLMs.

const engines = await startReal(t, 2, { cache: await requirePart(vllm) })
const urls = engines.map(({ url }) => url)
const { proxyUrl, adminUrl } = await startRouter(t, urls, servedModel)

function post(path: string, body: object, init: RequestInit = {}): Promise<Response> {
  return fetch(proxyUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: servedModel, ignore_eos: true, max_tokens: 4, ...body }),
    ...init,
  })
}

const chat = (content: string, more: object = {}, init?: RequestInit): Promise<Response> =>
  post('/v1/chat/completions', { messages: [{ role: 'user', content }], ...more }, init)

/** 10 blocks and a bit, different for each subject. */
const promptOf = (subject: number): readonly number[] =>
  Array.from({ length: 330 }, (_, i) => 4 + ((i + subject) % 250))

t.test('models, chat, completions and streams pass', async (t) => {
  t.match(await (await fetch(`${proxyUrl}/v1/models`)).json(), { data: [{ id: servedModel }] })
  t.match(await (await chat('hello')).json(), { object: 'chat.completion', usage: { completion_tokens: 4 } })
  const completion = await post('/v1/completions', { prompt: 'hello' })
  t.match(await completion.json(), { object: 'text_completion', choices: [{ finish_reason: 'length' }] })
  const stream = await chat('hello', { stream: true, stream_options: { include_usage: true } })
  t.match(streamEvents(await stream.text()).at(-1), { choices: [], usage: { completion_tokens: 4 } })
  const refused = await chat('hello', { max_tokens: 0 })
  t.match([refused.status, await refused.json()], [400, { error: { param: 'max_tokens', code: 400 } }])
})

t.test('a prompt goes where it was, and the hit foretold is the hit the engine had', async (t) => {
  for (const subject of [0, 60, 120, 180]) {
    const cold = await askTokens(t, subject)
    const warm = await askTokens(t, subject)
    t.equal(cold.cached, 0)
    t.strictSame(warm, { ...cold, cached: 320 })
    t.match(await newestDecision(), { predictedCachedTokens: 320, observedCachedTokens: 320, outcome: 'completed' })
  }
})

async function askTokens(t: Test, subject: number): Promise<{ readonly endpoint: string | null; cached: unknown }> {
  const response = await post('/v1/completions', { prompt: promptOf(subject) })
  t.equal(response.status, 200)
  const details = field(field(await response.json(), 'usage'), 'prompt_tokens_details')
  return { endpoint: response.headers.get('x-warmpath-endpoint'), cached: field(details, 'cached_tokens') }
}

async function newestDecision(): Promise<unknown> {
  const decisions = field(await (await fetch(`${adminUrl}/api/decisions?limit=1`)).json(), 'decisions')
  return Array.isArray(decisions) ? decisions[0] : undefined
}

t.test('a client that leaves a stream leaves no request in an engine', async (t) => {
  const leaving = new AbortController()
  const response = await chat('hello', { stream: true, max_tokens: 1900 }, { signal: leaving.signal })
  await response.body?.getReader().read()
  t.equal(await running(), 1)
  leaving.abort()
  // 1,900 tokens take seconds.
  const deadline = performance.now() + 1500
  while ((await running()) > 0 && performance.now() < deadline) await pause(20)
  t.equal(await running(), 0)
})

async function running(): Promise<number> {
  const pages = await Promise.all(urls.map(readMetrics))
  return pages.reduce((sum, page) => sum + (page.total('vllm:num_requests_running') ?? Number.NaN), 0)
}
