import t from 'tap'
import { createEngine } from '../../../../src/simulation/create-engine.ts'
import type { EngineRequest } from '../../../../src/simulation/engine.ts'
import { createRealTimeDriver } from '../../../../src/simulation/fleet/real-time-driver.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { tinyEngine } from '../../../support/simulated-fleet.ts'

const profile = { ...tinyEngine, stepMs: () => 10 }

function setUp(speed = 1) {
  const clock = createManualClock(1000)
  const engine = createEngine({ profile })
  return { clock, engine, driver: createRealTimeDriver({ engine, clock, speed }) }
}

function request(
  id: string,
  outputTokens: number,
  onToken: (index: number, atMs: number) => void = () => {},
): EngineRequest {
  return { id, promptTokens: 4, outputTokens, keys: [], hooks: { onToken, onFinish() {} } }
}

t.test('steps run while there is work, each at its time, and no timer stays when there is none', async (t) => {
  const { clock, driver } = setUp()
  const times: number[] = []
  driver.submit(request('a', 3, (_index, atMs) => times.push(atMs)))
  clock.advance(9)
  t.strictSame(times, [])
  clock.advance(21)
  t.strictSame(times, [1010, 1020, 1030])
  t.equal(clock.pendingTimers, 0)
})

t.test('speed divides the waiting', async (t) => {
  const { clock, driver } = setUp(10)
  const times: number[] = []
  driver.submit(request('a', 3, () => times.push(clock.now())))
  clock.advance(3)
  t.strictSame(times, [1001, 1002, 1003])
})

t.test('work that arrives during a step starts with the next one', async (t) => {
  const { clock, driver } = setUp()
  const times: number[] = []
  driver.submit(request('a', 2))
  clock.advance(5)
  driver.submit(request('b', 1, (_index, atMs) => times.push(atMs)))
  clock.advance(15)
  t.strictSame(times, [1020])
})

t.test('late timers are made up for', async (t) => {
  const clock = createManualClock()
  const lateBy = 4
  const late = { now: clock.now, setTimer: (delayMs: number, run: () => void) => clock.setTimer(delayMs + lateBy, run) }
  const driver = createRealTimeDriver({ engine: createEngine({ profile }), clock: late, speed: 1 })
  const heard: number[] = []
  driver.submit(request('a', 50, () => heard.push(clock.now())))
  clock.advance(1000)
  t.equal(heard.at(-1), 500 + lateBy)
})

t.test('a lag that cannot be made up for is forgotten', async (t) => {
  const { clock, driver } = setUp()
  const planned: number[] = []
  driver.submit(request('a', 3, (_index, atMs) => planned.push(atMs)))
  const { now } = clock
  clock.now = () => now() + 5000
  clock.advance(40)
  t.strictSame(planned, [1010, 6020, 6030])
})

t.test('a cancelled request hears no more, and a stopped driver calls nobody', async (t) => {
  const { clock, driver, engine } = setUp()
  const heard: string[] = []
  driver.submit(request('a', 9, () => heard.push('a')))
  driver.submit(request('b', 9, () => heard.push('b')))
  clock.advance(10)
  driver.cancel('a')
  clock.advance(10)
  t.strictSame(heard, ['a', 'b'])
  t.equal(engine.stats().running, 1)
  clock.advance(10)
  driver.stop()
  clock.advance(100)
  t.strictSame(heard, ['a', 'b', 'b'])
  t.equal(clock.pendingTimers, 0)
})
