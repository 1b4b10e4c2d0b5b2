import t from 'tap'
import type { FaultKind } from '../../../../src/simulation/fleet/faults.ts'
import type { FleetOptions } from '../../../../src/simulation/fleet/fleet.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { chat, eventsOf, field, firstChoice, startFleet, tinyEngine } from '../../../support/simulated-fleet.ts'

const path = '/v1/chat/completions'
const stream = chat('hello', { stream: true, max_tokens: 8, ignore_eos: true })
const whole = chat('hello', { max_tokens: 8, ignore_eos: true })

type Teardown = Parameters<typeof startFleet>[0]

async function faulty(t: Teardown, kind: FaultKind, options: Partial<FleetOptions> = {}) {
  return startFleet(t, { ...options, faults: [{ replica: 0, fault: { ...kind, times: 1, path: undefined } }] })
}

t.test('status answers with the status in the error shape, as often as scripted', async (t) => {
  const { postJson } = await faulty(t, { kind: 'status', status: 429 })
  t.match(await postJson(path, whole), { status: 429, body: { error: { code: 429, message: String, type: String } } })
  t.match(await postJson(path, whole), { status: 200 })
})

t.test('delay waits before the first byte, then serves', async (t) => {
  const clock = createManualClock()
  const { post } = await faulty(t, { kind: 'delay', delayMs: 5000 }, { clock })
  const response = post(path, stream)
  await clock.timerSet(5000)
  clock.advance(4999)
  t.equal(await Promise.race([response, new Promise((resolve) => setImmediate(resolve, 'nothing yet'))]), 'nothing yet')
  clock.advance(1)
  t.equal((await response).status, 200)
})

t.test('drop cuts the connection before the first byte', async (t) => {
  const { post, postJson } = await faulty(t, { kind: 'drop', chunks: 0 })
  await t.rejects(post(path, whole), { message: 'fetch failed' })
  t.match(await postJson(path, whole), { status: 200 })
})

t.test('drop after chunks cuts a stream in its middle', async (t) => {
  const { post } = await faulty(t, { kind: 'drop', chunks: 3 })
  const { body } = await post(path, stream)
  const received: string[] = []
  const reading = (async () => {
    for await (const chunk of body ?? []) received.push(Buffer.from(chunk).toString())
  })()
  await t.rejects(reading, { message: 'terminated' })
  t.equal(eventsOf(received.join('')).length, 3)
})

t.test('drop after chunks cuts an unstreamed answer half-way', async (t) => {
  const { post } = await faulty(t, { kind: 'drop', chunks: 3 })
  const response = await post(path, whole)
  t.equal(response.status, 200)
  await t.rejects(response.text(), { message: 'terminated' })
})

t.test('hang accepts and never answers, until the replica stops', async (t) => {
  const { fleet, post, postJson } = await faulty(t, { kind: 'hang' })
  const hanging = post(path, whole)
  const failed = t.rejects(hanging)
  t.match(await postJson(path, whole), { status: 200 })
  await fleet.stop(new AbortController().signal)
  await failed
})

t.test('garbage is a 200 that does not parse, streamed or not', async (t) => {
  const { fleet, post } = await faulty(t, { kind: 'garbage' })
  const response = await post(path, whole)
  t.equal(response.status, 200)
  await t.rejects(response.json(), SyntaxError)
  fleet.replica(0).setFaults([{ kind: 'garbage', times: 1, path: undefined }])
  const text = await (await post(path, stream)).text()
  t.match(text, /^data: \{"id"/)
  t.throws(() => eventsOf(text))
})

t.test('abort ends an answer under 200 with the tokens so far', async (t) => {
  const { fleet, postJson, post } = await faulty(t, { kind: 'abort', chunks: 0 })
  t.match(await postJson(path, whole), {
    status: 200,
    body: { choices: [{ message: { content: '' }, finish_reason: 'abort' }], usage: { completion_tokens: 0 } },
  })
  fleet.replica(0).setFaults([{ kind: 'abort', chunks: 2, times: 1, path: undefined }])
  const events = eventsOf(await (await post(path, stream)).text())
  t.strictSame(
    events.map((event) => field(firstChoice(event), 'finish_reason')),
    [null, null, null, 'abort', undefined],
  )
  t.match(fleet.engineStats(0), { running: 0, kvBlocksUsed: 0 })
})

t.test('a stream aborted before its first token shows no finish_reason, as in vLLM', async (t) => {
  const { post } = await faulty(t, { kind: 'abort', chunks: 0 })
  t.match(eventsOf(await (await post(path, stream)).text()), [
    { choices: [{ delta: { role: 'assistant' }, finish_reason: null }] },
    '[DONE]',
  ])
})

t.test('restart kills the process under the request and brings up an empty one', async (t) => {
  const { fleet, post, postJson } = await faulty(t, { kind: 'restart', downMs: 20 })
  await t.rejects(post(path, whole))
  t.equal(fleet.engineStats(0), undefined)
  await fleet.replica(0).restart(0)
  t.match(await postJson(path, whole), {
    status: 200,
    body: { usage: { prompt_tokens_details: { cached_tokens: 0 } } },
  })
})

t.test('a fault with a path hits that path only', async (t) => {
  const { url, postJson } = await startFleet(t, {
    faults: [{ replica: undefined, fault: { kind: 'garbage', times: Infinity, path: '/v1/models' } }],
  })
  t.match(await postJson(path, whole), { status: 200 })
  await t.rejects((await fetch(`${url}/v1/models`)).json(), SyntaxError)
})

t.test('faults of one replica leave the others alone', async (t) => {
  const { fleet } = await startFleet(t, {
    replicas: 2,
    engine: tinyEngine,
    faults: [{ replica: 1, fault: { kind: 'status', status: 500, times: Infinity, path: '/health' } }],
  })
  const statuses = await Promise.all(fleet.replicas.map(async ({ url }) => (await fetch(`${url}/health`)).status))
  t.strictSame(statuses, [200, 500])
})

t.test('POST /admin/faults replaces the script, GET shows what is left of it', async (t) => {
  const { postJson, getJson } = await startFleet(t)
  const script = ['kind=status,status=500,times=2', { kind: 'delay', delay: '1s', path: '/health' }]
  const shown = [
    { kind: 'status', status: 500, times: 2 },
    { kind: 'delay', delay: '1s', path: '/health' },
  ]
  t.strictSame(await postJson('/admin/faults', script), { status: 200, body: shown })
  t.match(await postJson(path, whole), { status: 500 })
  t.match(await getJson('/admin/faults'), [{ kind: 'status', times: 1 }, { kind: 'delay' }])
  t.strictSame(await postJson('/admin/faults', []), { status: 200, body: [] })
  t.match(await postJson('/admin/faults', ['kind=what', {}]), {
    status: 400,
    body: { error: { message: /2 validation errors[^]*body\.0.*kind[^]*body\.1/ } },
  })
  t.match(await postJson('/admin/faults', {}), { status: 400 })
})
