import t, { type Test } from 'tap'
import { createFleet, type Fleet } from '../../src/simulation/fleet/fleet.ts'
import { eventsOf, field } from '../support/simulated-fleet.ts'
import { dynamoRuntime } from './parts/dynamo-runtime.ts'
import { pythonBin } from './parts/python-part.ts'
import { requirePart } from './parts/require-part.ts'
import { envoyPeer } from './peers/envoy.ts'
import { nginxPeer } from './peers/nginx.ts'
import { type Peer, type PeerKind, startPeer } from './peers/peer.ts'
import { lintMetrics, prometheusPeer } from './peers/prometheus.ts'
import { sglangRouterPeer } from './peers/sglang-router.ts'
import { smgPeer } from './peers/smg.ts'
import { vllmRouterPeer } from './peers/vllm-router.ts'
import { pause } from './process.ts'
import { run } from './run.ts'
import { startRouter } from './start-router.ts'

// Real routers and proxies in front of four simulated replicas. A part that is not installed fails its test by name.

async function startFleet(t: Test, replicas = 4): Promise<Fleet> {
  const fleet = await createFleet({ replicas, port: 0, kvEventsPort: 0, kvReplayPort: 0, model: 'm', speed: 10 })
  t.teardown(() => fleet.stop(AbortSignal.abort()))
  return fleet
}

async function startInFront(t: Test, kind: PeerKind): Promise<{ readonly peer: Peer; readonly fleet: Fleet }> {
  const fleet = await startFleet(t)
  const urls = fleet.replicas.map(({ url }) => url)
  const begun = performance.now()
  const peer = await startPeer(kind, urls)
  t.teardown(() => peer.stop())
  t.comment(`${peer.name} ${peer.version} ready in ${Math.round(performance.now() - begun)} ms`)
  return { peer, fleet }
}

function ask(url: string, content: string, more: object = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], max_tokens: 4, ...more }),
    signal: AbortSignal.timeout(20_000),
  })
}

/** What the engine that answered had in its cache: more than nothing only if it has seen the prompt before. */
async function cachedTokens(url: string, content: string): Promise<number> {
  const body: unknown = await (await ask(url, content)).json()
  return Number(field(field(field(body, 'usage'), 'prompt_tokens_details'), 'cached_tokens'))
}

const longPrompt = (subject: string): string => `${subject} is what this long prompt is about. `.repeat(60)
const subjects = ['red', 'green', 'blue', 'grey', 'pink']

async function servesOpenAi(t: Test, { url }: Peer): Promise<void> {
  const models = await fetch(`${url}/v1/models`)
  t.match({ status: models.status, body: await models.json() }, { status: 200, body: { data: [{ id: 'm' }] } })
  const whole = await ask(url, 'hello')
  t.match(
    { status: whole.status, body: await whole.json() },
    { status: 200, body: { object: 'chat.completion', usage: { completion_tokens: 4 } } },
  )
  const stream = await ask(url, 'hello', { stream: true, stream_options: { include_usage: true } })
  t.match(stream.headers.get('content-type'), /^text\/event-stream/)
  const events = eventsOf(await stream.text())
  t.equal(events.at(-1), '[DONE]')
  t.match(events.at(-2), { usage: { completion_tokens: 4 } })
  t.match(events[0], { object: 'chat.completion.chunk' })
}

for (const kind of [vllmRouterPeer, smgPeer, sglangRouterPeer]) {
  t.test(`${kind.part.name} serves four replicas and sends a prompt where it was sent before`, async (t) => {
    const { peer } = await startInFront(t, kind)
    await servesOpenAi(t, peer)
    for (const subject of subjects) {
      t.equal(await cachedTokens(peer.url, longPrompt(subject)), 0, `${subject} is new`)
      t.ok((await cachedTokens(peer.url, longPrompt(subject))) > 300, `${subject} is cached`)
    }
  })
}

for (const kind of [nginxPeer, envoyPeer]) {
  t.test(`${kind.part.name} serves through several of four replicas`, async (t) => {
    const { peer, fleet } = await startInFront(t, kind)
    await servesOpenAi(t, peer)
    for (const subject of subjects) await (await ask(peer.url, longPrompt(subject))).text()
    const worked = fleet.replicas.filter((_, index) => (fleet.engineStats(index)?.promptTokens ?? 0) > 0)
    t.ok(worked.length > 1, `${worked.length} replicas had work`)
  })
}

t.test('promtool has no complaint about the metrics of a replica but the names that vLLM chose', async (t) => {
  const fleet = await startFleet(t, 1)
  const { url = '' } = fleet.replicas[0] ?? {}
  await (await ask(url, 'hello')).text()
  const complaints = await lintMetrics(await (await fetch(`${url}/metrics`)).text())
  t.same(
    complaints.filter((line) => !vllmNaming.test(line)),
    [],
  )
})

/** The second is a histogram called "total" (vllm/v1/metrics/loggers.py). */
const vllmNaming =
  /^vllm:(\w+ metric names should not contain ':'|iteration_tokens_total non-counter metrics should not have "_total" suffix)$/

t.test('promtool has no complaint about the metrics of the router but names of prom-client', async (t) => {
  const fleet = await startFleet(t)
  const { proxyUrl, adminUrl } = await startRouter(
    t,
    fleet.replicas.map(({ url }) => url),
    'm',
  )
  await (await ask(proxyUrl, 'hello')).text()
  const complaints = await lintMetrics(await (await fetch(`${adminUrl}/metrics`)).text())
  t.same(
    complaints.filter((line) => !line.startsWith('nodejs_active_')),
    [],
  )
})

t.test('promtool refuses a page that is no exposition', async (t) => {
  await t.rejects(lintMetrics('<html>no metrics</html>\n'), { code: 'COMMAND_FAILED' })
})

t.test('prometheus scrapes a replica and answers queries on what it serves', async (t) => {
  const fleet = await startFleet(t, 1)
  const urls = fleet.replicas.map(({ url }) => url)
  for (const url of urls) await (await ask(url, 'hello')).text()
  const prometheus = await startPeer(prometheusPeer, urls)
  t.teardown(() => prometheus.stop())
  const query = new URLSearchParams({ query: 'vllm:request_success_total{finished_reason="length"}' })
  const deadline = performance.now() + 20_000
  let answer: unknown
  do {
    await pause(200)
    answer = await (await fetch(`${prometheus.url}/api/v1/query?${query.toString()}`)).json()
  } while (!JSON.stringify(answer).includes('"value"') && performance.now() < deadline)
  t.match(answer, { status: 'success', data: { result: [{ metric: { model_name: 'm' }, value: [Number, '1'] }] } })
})

t.test('the RadixTree of ai-dynamo-runtime finds the blocks it was told of', async (t) => {
  const cache = await requirePart(dynamoRuntime)
  const scores = await run(pythonBin(cache, dynamoRuntime), ['-'], { input: radixTreeScript })
  t.same(JSON.parse(scores), [[7, 3]])
})

/** Its events are JSON, found by `dump_tree_as_events`; scores are by (worker, data-parallel rank). */
const radixTreeScript = `
import json
from dynamo.llm import RadixTree, compute_block_hash_for_seq
tree = RadixTree()
hashes = compute_block_hash_for_seq(list(range(64)), 16)
blocks = [{"block_hash": i + 1, "tokens_hash": tokens} for i, tokens in enumerate(hashes[:3])]
event = {"event_id": 0, "data": {"stored": {"parent_hash": None, "blocks": blocks}}, "dp_rank": 0}
tree.apply_event(7, json.dumps(event).encode())
print(json.dumps([[worker, score] for (worker, rank), score in tree.find_matches(hashes).scores.items()]))
`
