import t from 'tap'
import { createLifecycle } from '../../../src/cli/lifecycle.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const clock = createManualClock()
  return { clock, lifecycle: createLifecycle({ clock, log: silentLog, timeoutMs: 20_000 }) }
}

t.test('stops run one after the other, the last registered first', async (t) => {
  const { lifecycle } = setUp()
  const seen: string[] = []
  for (const name of ['admin', 'poller', 'proxy'])
    lifecycle.onStop(name, async () => {
      seen.push(`${name} begins`)
      await Promise.resolve()
      seen.push(`${name} ends`)
    })
  t.same(await lifecycle.stop('test'), [])
  t.same(seen, ['proxy begins', 'proxy ends', 'poller begins', 'poller ends', 'admin begins', 'admin ends'])
})

t.test('stopping aborts before the first stop runs', async (t) => {
  const { lifecycle } = setUp()
  let abortedBefore = false
  lifecycle.onStop('proxy', () => {
    abortedBefore = lifecycle.stopping.aborted
  })
  t.notOk(lifecycle.stopping.aborted)
  await lifecycle.stop('test')
  t.ok(abortedBefore)
})

t.test('a stop that fails is named and does not keep the others from stopping', async (t) => {
  const { lifecycle } = setUp()
  const seen: string[] = []
  lifecycle.onStop('admin', () => void seen.push('admin'))
  lifecycle.onStop('poller', () => Promise.reject(new Error('rejected')))
  lifecycle.onStop('proxy', () => {
    throw new Error('thrown')
  })
  t.same(await lifecycle.stop('test'), ['proxy', 'poller'])
  t.same(seen, ['admin'])
})

t.test('the deadline aborts at the timeout, and a stop that obeys it has not failed', async (t) => {
  const { clock, lifecycle } = setUp()
  lifecycle.onStop('proxy', (deadline) => new Promise((resolve) => deadline.addEventListener('abort', () => resolve())))
  const stopped = lifecycle.stop('test')
  clock.advance(19_999)
  t.equal(clock.pendingTimers, 2)
  clock.advance(1)
  t.same(await stopped, [])
})

t.test('a stop that ignores the deadline is given up shortly after it, and the rest still runs', async (t) => {
  const { clock, lifecycle } = setUp()
  let deadlineOfAdmin: AbortSignal | undefined
  lifecycle.onStop('admin', (deadline) => {
    deadlineOfAdmin = deadline
  })
  lifecycle.onStop('proxy', () => new Promise(() => {}))
  const stopped = lifecycle.stop('test')
  clock.advance(20_500)
  t.same(await stopped, ['proxy'])
  t.equal(deadlineOfAdmin?.aborted, true)
})

t.test('untilStopped() resolves once all has stopped, and leaves no timer behind', async (t) => {
  const { clock, lifecycle } = setUp()
  const gate = Promise.withResolvers<void>()
  const seen: string[] = []
  lifecycle.onStop('proxy', () => gate.promise)
  const until = lifecycle.untilStopped().then(() => seen.push('until'))
  const stopped = lifecycle.stop('test')
  seen.push('before')
  gate.resolve()
  await Promise.all([stopped, until])
  t.same(seen, ['before', 'until'])
  t.equal(clock.pendingTimers, 0)
})

t.test('two calls of stop() join the same end', async (t) => {
  const { lifecycle } = setUp()
  let times = 0
  lifecycle.onStop('proxy', () => void times++)
  await Promise.all([lifecycle.stop('SIGTERM'), lifecycle.stop('command ended')])
  t.equal(times, 1)
})

t.test('what a slow start registers after the end still stops, within the same deadline', async (t) => {
  const { clock, lifecycle } = setUp()
  await lifecycle.stop('SIGTERM')
  clock.advance(15_000)
  let deadline: AbortSignal | undefined
  lifecycle.onStop('proxy', (signal) => {
    deadline = signal
    return new Promise(() => {})
  })
  const stopped = lifecycle.stop('command ended')
  clock.advance(5000)
  t.equal(deadline?.aborted, true)
  clock.advance(500)
  t.same(await stopped, ['proxy'])
})
