import t from 'tap'
import type { Endpoint } from '../../../src/endpoints/endpoint.ts'
import { createPool } from '../../../src/endpoints/pool.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const endpoint: Endpoint = { name: 'a', url: 'http://a:8000', pool: 'local', model: 'm', labels: {} }

t.test('a pool starts empty at version 0', (t) => {
  t.strictSame(createPool(createManualClock()).snapshot(), { version: 0, endpoints: [] })
  t.end()
})

t.test('a pool stamps signals with its clock', (t) => {
  const clock = createManualClock(500)
  const pool = createPool(clock)
  pool.apply({ kind: 'added', source: 's', endpoint })
  clock.advance(20)
  pool.apply({ kind: 'signals', name: 'a', signals: {} })
  t.equal(pool.snapshot().endpoints[0]?.scrapedAtMs, 520)
  t.end()
})

t.test('a subscriber hears each new snapshot with its events, and nothing when nothing changed', (t) => {
  const pool = createPool(createManualClock())
  const heard: unknown[] = []
  pool.subscribe((snapshot, events) => heard.push([snapshot.version, events.map(({ kind }) => kind)]))
  pool.apply({ kind: 'added', source: 's', endpoint })
  pool.apply({ kind: 'added', source: 's', endpoint })
  pool.apply({ kind: 'models', name: 'a', servedModels: ['m'] })
  t.strictSame(heard, [
    [1, ['added']],
    [2, []],
  ])
  t.end()
})

t.test('a subscriber that has left hears nothing more, even when another one made it leave on the way', (t) => {
  const pool = createPool(createManualClock())
  const heard: number[] = []
  const leave: { second?: () => void } = {}
  pool.subscribe(() => leave.second?.())
  leave.second = pool.subscribe((snapshot) => heard.push(snapshot.version))
  pool.apply({ kind: 'added', source: 's', endpoint })
  t.strictSame(heard, [])
  t.end()
})

t.test('a function subscribed twice hears twice until both have left', (t) => {
  const pool = createPool(createManualClock())
  let heard = 0
  const listener = () => void (heard += 1)
  const leave = pool.subscribe(listener)
  pool.subscribe(listener)
  leave()
  pool.apply({ kind: 'added', source: 's', endpoint })
  t.equal(heard, 1)
  t.end()
})

t.test('every subscriber hears versions in order when one of them applies changes itself', (t) => {
  const pool = createPool(createManualClock())
  const heard: number[] = []
  pool.subscribe((_snapshot, events) => {
    if (events.some(({ kind }) => kind === 'added')) pool.apply({ kind: 'health', name: 'a', health: 'ready' })
  })
  pool.subscribe((snapshot) => heard.push(snapshot.version))
  pool.apply({ kind: 'added', source: 's', endpoint })
  t.strictSame(heard, [1, 2])
  t.end()
})

t.test('apply() returns refusals, which are no change', (t) => {
  const pool = createPool(createManualClock())
  pool.apply({ kind: 'added', source: 's', endpoint })
  pool.subscribe(() => t.fail('nothing changed'))
  t.match(pool.apply({ kind: 'added', source: 'other', endpoint }), [{ kind: 'refused', owner: 's' }])
  t.end()
})
