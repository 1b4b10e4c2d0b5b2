import type { Test } from 'tap'
import type { Endpoint } from '../../src/endpoints/endpoint.ts'
import { createPool } from '../../src/endpoints/pool.ts'
import { type PollerOptions, startPoller } from '../../src/endpoints/poller.ts'
import { createManualClock } from './manual-clock.ts'
import { stateOf } from './pool-watch.ts'
import { recordLog } from './recorded-log.ts'
import { answer, type Handler, type ScriptedServer, startScriptedServer } from './scripted-server.ts'

export const intervalMs = 1_000
export const timeoutMs = 700
/** The middle of every jittered range, so that the regular pause is exactly the interval. */
export const random = (): number => 0.5
/** The pauses after 1, 2, 3 and 4 failures: 0.9 of 1, 2, 4 and (bounded) 5 s. */
export const backoffsMs = [900, 1_800, 3_600, 4_500]

export const models = (...ids: string[]): Handler => answer(JSON.stringify({ data: ids.map((id) => ({ id })) }))
export const running = (requests: number, startTime = 1): Handler =>
  answer(`vllm:num_requests_running ${requests}\nprocess_start_time_seconds ${startTime}\n`)
export const healthy = { '/health': answer(''), '/metrics': running(2), '/v1/models': models('m') }

export const endpointAt = (server: ScriptedServer, name = 'a'): Endpoint => ({
  name,
  url: server.url,
  pool: 'local',
  model: 'm',
  labels: {},
})

interface SetUp extends Partial<PollerOptions> {
  readonly handlers?: Readonly<Record<string, Handler>>
}

/** One engine named "a" in a pool, and a poller on it whose time is the test's. */
export async function pollEngine(t: Test, { handlers = healthy, ...options }: SetUp = {}) {
  const clock = createManualClock()
  const server = await startScriptedServer(handlers)
  const pool = createPool(clock)
  const recorded = recordLog()
  const endpoint = endpointAt(server)
  pool.apply({ kind: 'added', source: 's', endpoint })
  const fixed = { pool, clock, log: recorded.log, intervalMs, timeoutMs, concurrency: 4, random }
  const poller = startPoller({ ...fixed, ...options })
  t.teardown(async () => {
    await poller.stop()
    await server.close()
  })
  const state = () => stateOf(pool.snapshot(), 'a')
  /** Waits until the present poll is over and this long a pause has begun, and ends the pause. */
  const afterPause = async (pauseMs: number) => {
    await clock.timerSet(pauseMs)
    clock.advance(pauseMs)
  }
  return { clock, server, pool, poller, endpoint, state, afterPause, ...recorded }
}
