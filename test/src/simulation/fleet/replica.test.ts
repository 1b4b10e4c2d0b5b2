import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { Publisher } from 'zeromq'
import { createManualClock } from '../../../support/manual-clock.ts'
import { listenForKvEvents, replayKvEvents } from '../../../support/kv-listener.ts'
import { chat, eventsOf, field, firstChoice, startFleet, until, words } from '../../../support/simulated-fleet.ts'

const path = '/v1/chat/completions'
const endless = chat('hello', { stream: true, max_tokens: 2000, ignore_eos: true })
const never = new AbortController().signal

async function startTime(url: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_start_time_seconds (\S+)$/m.exec(page)?.[1])
}

t.test('a restart drops what runs, empties the cache, resets counters and sequence, and keeps the ports', async (t) => {
  let now = 1000
  const { fleet, url, post, postJson } = await startFleet(t, { nowSeconds: () => now })
  const [before] = fleet.replicas
  await postJson(path, chat(words(100), { max_tokens: 1 }))
  const running = await post(path, endless)
  const cut = t.rejects(running.text(), { message: 'terminated' })
  t.equal(await startTime(url), 1000)
  now = 2000
  await fleet.replica(0).restart(0)
  await cut
  t.strictSame(fleet.replicas, [before])
  t.equal(await startTime(url), 2000)
  t.match(fleet.engineStats(0), { running: 0, kvBlocksCached: 0, promptTokens: 0 })
  const { body } = await postJson(path, chat(words(100), { max_tokens: 1 }))
  t.match(body, { usage: { prompt_tokens_details: { cached_tokens: 0 } } })
  const replayed = await replayKvEvents(t, before?.replay ?? '', 0)
  t.match(replayed, [{ sequence: 0, events: [{ kind: 'stored', parent: undefined }] }, { sequence: 'end' }])
})

t.test('a subscriber that stays sees the sequence start again', async (t) => {
  const { fleet, postJson } = await startFleet(t)
  const [member] = fleet.replicas
  const listener = await listenForKvEvents(t, member?.kvEvents ?? '')
  const ask = (content: string) => postJson(path, chat(content, { max_tokens: 1 }))
  await ask(words(16, 'tea'))
  await ask(words(16, 'oak'))
  t.equal((await listener.next()).sequence, 0)
  t.equal((await listener.next()).sequence, 1)
  await fleet.replica(0).restart(0)
  // Batches sent before the subscriber is back are lost to it: ask until one arrives.
  let arrived = false
  const next = listener.next().finally(() => (arrived = true))
  for (let i = 0; !arrived; i++) await ask(words(16, `${1000 + i}`))
  t.match((await next).events, [{ kind: 'stored' }])
  const replayed = await replayKvEvents(t, member?.replay ?? '', 0)
  t.equal(replayed[0]?.sequence, 0)
})

t.test('while it is down the port refuses connections', async (t) => {
  const clock = createManualClock()
  const { fleet, url, getJson } = await startFleet(t, { clock })
  const back = fleet.replica(0).restart(60_000)
  await clock.timerSet(60_000)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.match(await once(socket, 'error'), [{ code: 'ECONNREFUSED' }])
  t.equal(fleet.engineStats(0), undefined)
  clock.advance(60_000)
  // The sockets of the old process may need more turns to let go of their ports.
  let isBack = false
  void back.then(() => (isBack = true))
  await until(() => {
    clock.advance(20)
    return isBack
  })
  t.match(await getJson('/version'), { version: /^0\.32\.0/ })
})

t.test('a restart waits for a port that is still taken', async (t) => {
  const clock = createManualClock()
  const { fleet, getJson } = await startFleet(t, { clock })
  const back = fleet.replica(0).restart(60_000)
  await clock.timerSet(60_000)
  const squatter = new Publisher({ linger: 0 })
  await squatter.bind(fleet.replicas[0]?.kvEvents ?? '')
  clock.advance(60_000)
  await clock.timerSet(20)
  squatter.close()
  let isBack = false
  void back.then(() => (isBack = true))
  await until(() => {
    clock.advance(20)
    return isBack
  })
  t.match(await getJson('/load'), { server_load: 0 })
})

t.test('a stop in the middle of a restart leaves nothing running', async (t) => {
  const clock = createManualClock()
  const { fleet, url } = await startFleet(t, { clock })
  const back = fleet.replica(0).restart(60_000)
  await clock.timerSet(60_000)
  await Promise.all([fleet.stop(never), back])
  t.equal(clock.pendingTimers, 0)
  await t.rejects(fetch(`${url}/health`))
})

t.test('without a drain time, a stop aborts what runs under 200', async (t) => {
  const { fleet, post } = await startFleet(t)
  const response = await post(path, endless)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('"content":"')) text += (await reader?.read())?.value ?? ''
  const rest = (async () => {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) text += part.value
  })()
  await until(() => fleet.engineStats(0)?.generationTokens !== 0)
  await fleet.stop(never)
  await rest
  const events = eventsOf(text)
  t.equal(events.at(-1), '[DONE]')
  t.equal(field(firstChoice(events.at(-2)), 'finish_reason'), 'abort')
})

t.test(
  'with a drain time, running requests end by themselves while new ones are refused and health stays 200',
  async (t) => {
    const clock = createManualClock()
    const { fleet, url, post, postJson } = await startFleet(t, { clock, drainTimeoutMs: 10_000 })
    const request = chat('hello', { stream: true, max_tokens: 5, ignore_eos: true })
    const running = (await post(path, request)).text()
    clock.advance(1)
    const stopped = fleet.stop(never)
    t.equal((await fetch(`${url}/health`)).status, 200)
    const tokens = { prompt: [7, 8], max_tokens: 2 }
    t.match(await postJson('/v1/completions', tokens), { status: 200, body: { choices: [{ finish_reason: 'abort' }] } })
    t.match(await postJson(path, chat('more')), { status: 500, body: { error: { type: 'InternalServerError' } } })
    clock.advance(10)
    await stopped
    const events = eventsOf(await running)
    t.equal(events.length, 7)
    t.equal(field(firstChoice(events.at(-2)), 'finish_reason'), 'length')
    await t.rejects(fetch(`${url}/health`))
  },
)

t.test('what has not ended within the drain time is aborted', async (t) => {
  const clock = createManualClock()
  const { fleet, post } = await startFleet(t, { clock, drainTimeoutMs: 50 })
  const running = (await post(path, endless)).text()
  clock.advance(1)
  const stopped = fleet.stop(never)
  await clock.timerSet(50)
  clock.advance(50)
  await stopped
  t.equal(field(firstChoice(eventsOf(await running).at(-2)), 'finish_reason'), 'abort')
})

t.test('a stop whose deadline has passed does not wait for the drain time', async (t) => {
  const { fleet, post } = await startFleet(t, { drainTimeoutMs: 3_600_000 })
  const running = (await post(path, endless)).text()
  await fleet.stop(AbortSignal.abort())
  t.match(fleet.engineStats(0), undefined)
  await Promise.allSettled([running])
})
