import { getEventListeners } from 'node:events'
import t from 'tap'
import { watchEndpoint } from '../../../src/endpoints/endpoint-watch.ts'
import { createPool } from '../../../src/endpoints/pool.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { createEngineClient } from '../../../src/vllm/scrape.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { backoffsMs, healthy, intervalMs, models, pollEngine, running, timeoutMs } from '../../support/polled-engine.ts'
import { answer, startScriptedServer } from '../../support/scripted-server.ts'

t.test('an endpoint is polled at once, and is ready with signals and models after a good scrape', async (t) => {
  const { clock, state, server, line } = await pollEngine(t)
  await clock.timerSet(intervalMs)
  t.match(state(), { health: 'ready', signals: { requestsRunning: 2 }, scrapedAtMs: 0, servedModels: ['m'] })
  t.strictSame(server.paths, ['/health', '/metrics', '/v1/models'])
  t.match(await line('endpoint ready'), { level: 'info', fields: { endpoint: 'a', from: 'unknown' } })
})

t.test('signals are read again after each interval', async (t) => {
  const { clock, server, state, afterPause } = await pollEngine(t)
  await clock.timerSet(intervalMs)
  server.on('/metrics', running(5))
  await afterPause(intervalMs)
  await clock.timerSet(intervalMs)
  t.match(state(), { signals: { requestsRunning: 5 }, scrapedAtMs: intervalMs })
})

t.test('the pause between polls is jittered by a tenth either way', async (t) => {
  for (const [drawn, pauseMs] of [
    [0, 900],
    [0.75, 1_050],
  ] as const) {
    const { clock } = await pollEngine(t, { random: () => drawn })
    await clock.timerSet(pauseMs)
  }
})

t.test('an engine whose /health is 503 is unready, and its frozen metrics are not read', async (t) => {
  const { clock, server, state, line } = await pollEngine(t, { handlers: { ...healthy, '/health': answer('', 503) } })
  await clock.timerSet(intervalMs)
  t.match(state(), { health: 'unready', signals: {} })
  t.strictSame(server.paths, ['/health'])
  t.match(await line('endpoint unready'), { level: 'warn', fields: { reason: '/health answered 503' } })
})

t.test('an unready endpoint is ready again after a good scrape', async (t) => {
  const { clock, server, state, afterPause } = await pollEngine(t, {
    handlers: { ...healthy, '/health': answer('', 503) },
  })
  await clock.timerSet(intervalMs)
  server.on('/health', answer(''))
  await afterPause(intervalMs)
  await clock.timerSet(intervalMs)
  t.equal(state()?.health, 'ready')
})

t.test('an engine without /health is judged by its metrics', async (t) => {
  const { clock, state } = await pollEngine(t, { handlers: { '/metrics': running(2) } })
  await clock.timerSet(intervalMs)
  t.equal(state()?.health, 'ready')
})

t.test(
  'an endpoint is unreachable after three failures in a row, asked ever more seldom, and ready after one success',
  async (t) => {
    const { clock, server, state, line } = await pollEngine(t, { handlers: { '/health': answer('') } })
    const healths: unknown[] = []
    for (const pauseMs of backoffsMs) {
      await clock.timerSet(pauseMs)
      healths.push(state()?.health)
      if (healths.length === backoffsMs.length) server.on('/metrics', running(2))
      clock.advance(pauseMs)
    }
    t.strictSame(healths, ['unknown', 'unknown', 'unreachable', 'unreachable'])
    t.match(await line('endpoint unreachable'), {
      level: 'warn',
      fields: { reason: 'Cannot read metrics of "a": status 404, expected 200' },
    })
    await clock.timerSet(intervalMs)
    t.equal(state()?.health, 'ready')
  },
)

t.test('one failure does not make a ready endpoint less ready, and a success forgets it', async (t) => {
  const { clock, server, state, afterPause } = await pollEngine(t)
  await clock.timerSet(intervalMs)
  for (let round = 0; round < 3; round += 1) {
    server.on('/metrics', answer('', 500))
    await afterPause(intervalMs)
    await clock.timerSet(900)
    t.equal(state()?.health, 'ready')
    server.on('/metrics', running(2))
    await afterPause(900)
    await clock.timerSet(intervalMs)
  }
})

t.test('an engine that hangs fails at the deadline', async (t) => {
  const { server, line, afterPause } = await pollEngine(t, {
    handlers: { '/health': () => {} },
    failuresToUnreachable: 1,
  })
  await server.requested('/health')
  await afterPause(timeoutMs)
  t.match(await line('endpoint unreachable'), { fields: { reason: /no whole answer, expected one within 700 ms/ } })
})

t.test('signals older than the bound become unknown, while health is judged by its own rule', async (t) => {
  const { clock, server, state, afterPause, line } = await pollEngine(t, { staleAfterMs: 1_500 })
  await clock.timerSet(intervalMs)
  server.on('/metrics', answer('', 500))
  await afterPause(intervalMs)
  await clock.timerSet(900)
  t.match(state(), { signals: { requestsRunning: 2 } })
  clock.advance(500)
  t.strictSame(state()?.signals, {})
  t.notOk('scrapedAtMs' in (state() ?? {}))
  t.equal(state()?.health, 'ready')
  t.match(await line('engine signals are stale and count as unknown'), { level: 'warn', fields: { endpoint: 'a' } })
})

t.test('signals that keep coming never become stale', async (t) => {
  const { clock, state, afterPause, lines } = await pollEngine(t, { staleAfterMs: 1_500 })
  for (let round = 0; round < 5; round += 1) await afterPause(intervalMs)
  await clock.timerSet(intervalMs)
  t.match(state(), { signals: { requestsRunning: 2 }, scrapedAtMs: 5_000 })
  const events = lines.map(({ event }) => event)
  t.strictSame(events, ['endpoint ready'])
})

t.test('models are listed again after their own interval', async (t) => {
  const { clock, server, state, afterPause } = await pollEngine(t, { modelsIntervalMs: 3_000 })
  await clock.timerSet(intervalMs)
  server.on('/v1/models', models('m', 'sql'))
  for (let round = 0; round < 3; round += 1) {
    t.strictSame(state()?.servedModels, ['m'])
    await afterPause(intervalMs)
    await clock.timerSet(intervalMs)
  }
  t.strictSame(state()?.servedModels, ['m', 'sql'])
  t.equal(server.paths.filter((path) => path === '/v1/models').length, 2)
})

t.test('a failed listing keeps the last models, is logged once and asked again more and more slowly', async (t) => {
  const { clock, server, state, afterPause, lines } = await pollEngine(t, { modelsIntervalMs: 1_000 })
  await clock.timerSet(intervalMs)
  server.on('/v1/models', answer('', 401))
  for (let round = 0; round < 3; round += 1) {
    await afterPause(intervalMs)
    await clock.timerSet(intervalMs)
  }
  t.match(state(), { health: 'ready', servedModels: ['m'] })
  const failures = lines.filter(({ event }) => event === 'models not listed')
  t.equal(failures.length, 1)
  t.match(failures[0]?.fields, { error: { message: 'Cannot list the models of "a": status 401, expected 200' } })
})

t.test('a restart in place is announced, and the models are listed anew at once', async (t) => {
  const { clock, server, pool, state, afterPause, line } = await pollEngine(t)
  await clock.timerSet(intervalMs)
  const events: string[] = []
  pool.subscribe((_snapshot, all) => events.push(...all.map(({ kind }) => kind)))
  server.on('/metrics', running(0, 2))
  server.on('/v1/models', models('m', 'after'))
  await afterPause(intervalMs)
  await clock.timerSet(intervalMs)
  t.strictSame(events, ['restarted'])
  t.strictSame(state()?.servedModels, ['m', 'after'])
  t.match(await line('endpoint restarted'), { level: 'info', fields: { endpoint: 'a' } })
})

t.test('unreadable metric lines are logged once until they are gone', async (t) => {
  const broken = answer('vllm:num_requests_running ?\nvllm:num_requests_waiting 1\n')
  const { clock, state, afterPause, lines } = await pollEngine(t, { handlers: { ...healthy, '/metrics': broken } })
  await afterPause(intervalMs)
  await clock.timerSet(intervalMs)
  t.strictSame(state()?.signals, { requestsWaiting: 1 })
  const warnings = lines.filter(({ event }) => event === 'engine metrics have unreadable lines')
  t.equal(warnings.length, 1)
  t.match(warnings[0]?.fields, { endpoint: 'a', count: 1, first: { line: 1 } })
})

t.test('watching adds no listener to its signal from poll to poll, and ends when the signal aborts', async (t) => {
  const clock = createManualClock()
  const server = await startScriptedServer({ '/health': answer(''), '/metrics': answer('') })
  const client = createEngineClient({ clock, timeoutMs: 700 })
  t.teardown(async () => {
    client.close()
    await server.close()
  })
  const stop = new AbortController()
  const endpoint = { name: 'a', url: server.url, pool: 'local', model: 'm', labels: {} }
  const watching = watchEndpoint(endpoint, {
    pool: createPool(clock),
    clock,
    log: silentLog,
    client,
    limit: (task) => task(),
    intervalMs: 1_000,
    failuresToUnreachable: 3,
    staleAfterMs: 5_000,
    modelsIntervalMs: 30_000,
    maxBackoffMs: 5_000,
    random: () => 0.5,
    stopped: stop.signal,
  })
  for (let round = 0; round < 3; round += 1) {
    await clock.timerSet(1_000)
    t.equal(getEventListeners(stop.signal, 'abort').length, 1, 'the one of the pause')
    clock.advance(1_000)
  }
  await clock.timerSet(1_000)
  stop.abort()
  await watching
  t.equal(clock.pendingTimers, 0)
})
