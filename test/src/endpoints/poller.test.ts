import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createPool } from '../../../src/endpoints/pool.ts'
import { startPoller } from '../../../src/endpoints/poller.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import {
  endpointAt,
  healthy,
  intervalMs,
  models,
  pollEngine,
  random,
  running,
  timeoutMs,
} from '../../support/polled-engine.ts'
import { stateOf, untilPool } from '../../support/pool-watch.ts'
import { startScriptedServer } from '../../support/scripted-server.ts'

t.test('an endpoint added later is polled at once', async (t) => {
  const { pool, server } = await pollEngine(t)
  const later = await startScriptedServer(healthy)
  t.teardown(() => later.close())
  pool.apply({ kind: 'added', source: 's', endpoint: endpointAt(later, 'b') })
  await untilPool(pool, (now) => stateOf(now, 'b')?.health === 'ready')
  t.not(later.url, server.url)
})

t.test('a removed endpoint is asked no more, its open request ends, and a late answer changes nothing', async (t) => {
  const { clock, server, pool, poller, endpoint, lines } = await pollEngine(t, {
    handlers: {},
    failuresToUnreachable: 1,
  })
  const closed = new Promise<void>((resolve) => {
    server.on('/health', (request) => void request.socket.once('close', () => resolve()))
  })
  await server.requested('/health')
  pool.apply({ kind: 'removed', source: 's', name: endpoint.name })
  await closed
  await poller.stop()
  t.equal(clock.pendingTimers, 0)
  t.strictSame(pool.snapshot().endpoints, [])
  t.strictSame(lines, [])
})

t.test('an endpoint that moves to another URL is polled there, and no longer where it was', async (t) => {
  const { clock, server, pool, endpoint } = await pollEngine(t)
  const elsewhere = await startScriptedServer({ ...healthy, '/metrics': running(9) })
  t.teardown(() => elsewhere.close())
  await clock.timerSet(intervalMs)
  pool.apply({ kind: 'replaced', source: 's', endpoints: [{ ...endpoint, url: elsewhere.url }] })
  await untilPool(pool, (now) => stateOf(now, 'a')?.signals.requestsRunning === 9)
  await clock.timerSet(intervalMs)
  clock.advance(intervalMs)
  await elsewhere.requested('/metrics', 2)
  t.equal(server.paths.filter((path) => path === '/metrics').length, 1)
})

t.test('as many endpoints as allowed are asked at once, never more, and each gets its turn', async (t) => {
  const clock = createManualClock()
  const pool = createPool(clock)
  let begun = 0
  let ended = 0
  let most = 0
  const held: ServerResponse[] = []
  const server = await startScriptedServer({
    ...healthy,
    '/health': (_request, response) => {
      begun += 1
      most = Math.max(most, begun - ended)
      held.push(response)
      if (held.length === 3) for (const one of held.splice(0)) one.end()
    },
    '/v1/models': (request, response) => {
      ended += 1
      models('m')(request, response)
    },
  })
  for (let i = 0; i < 9; i += 1) pool.apply({ kind: 'added', source: 's', endpoint: endpointAt(server, `e${i}`) })
  const poller = startPoller({ pool, clock, log: silentLog, intervalMs, timeoutMs, concurrency: 3, random })
  t.teardown(async () => {
    await poller.stop()
    await server.close()
  })
  await untilPool(pool, (now) => now.endpoints.every(({ servedModels }) => servedModels !== undefined))
  t.equal(most, 3)
})

// The limit is below the 4 s after which idle connections would close by themselves.
t.test('stop() leaves no timer, no listener and no connection behind', { timeout: 3_000 }, async (t) => {
  const { clock, server, pool, poller } = await pollEngine(t)
  await clock.timerSet(intervalMs)
  const hanging = await startScriptedServer({ '/health': () => {} })
  pool.apply({ kind: 'added', source: 's', endpoint: endpointAt(hanging, 'b') })
  await hanging.requested('/health')
  await poller.stop()
  t.equal(clock.pendingTimers, 0)
  pool.apply({ kind: 'added', source: 's', endpoint: endpointAt(server, 'c') })
  await setImmediate()
  t.equal(clock.pendingTimers, 0, 'an endpoint added later is not polled')
  await Promise.all([server.idle(), hanging.idle()])
  await hanging.close()
})

t.test('a poller refuses an interval below 200 ms', (t) => {
  const clock = createManualClock()
  const options = { pool: createPool(clock), clock, log: silentLog, intervalMs: 199, timeoutMs, concurrency: 1 }
  t.throws(() => startPoller(options), { message: 'Cannot poll: interval 199 ms, expected at least 200 ms' })
  t.end()
})
