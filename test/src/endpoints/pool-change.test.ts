import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Endpoint } from '../../../src/endpoints/endpoint.ts'
import { applyChange, emptyPool, type PoolChange, type PoolState } from '../../../src/endpoints/pool-change.ts'

const endpoint = (name: string, more: Partial<Endpoint> = {}): Endpoint => ({
  name,
  url: `http://${name}:8000`,
  pool: 'local',
  model: 'm',
  labels: {},
  ...more,
})
const add = (name: string, more: Partial<Endpoint> = {}): PoolChange => ({
  kind: 'added',
  source: 's',
  endpoint: endpoint(name, more),
})

/** Applies the changes at times 1, 2, 3 … */
function run(changes: readonly PoolChange[], from: PoolState = emptyPool) {
  let pool = from
  const events = changes.flatMap((change, index) => {
    const applied = applyChange(pool, change, index + 1)
    pool = applied.pool
    return applied.events
  })
  return { pool, events, states: pool.snapshot.endpoints, kinds: events.map(({ kind }) => kind) }
}

t.test('an added endpoint is known by nothing but its facts', (t) => {
  const { states, kinds, pool } = run([add('a')])
  t.strictSame(states, [{ endpoint: endpoint('a'), health: 'unknown', signals: {} }])
  t.strictSame(kinds, ['added'])
  t.equal(pool.snapshot.version, 1)
  t.end()
})

t.test('signals carry the time they were learned, and keep health and models', (t) => {
  const { states } = run([
    add('a'),
    { kind: 'health', name: 'a', health: 'ready' },
    { kind: 'models', name: 'a', servedModels: ['m', 'sql'] },
    { kind: 'signals', name: 'a', signals: { requestsRunning: 2 } },
  ])
  t.match(states[0], { health: 'ready', servedModels: ['m', 'sql'], signals: { requestsRunning: 2 }, scrapedAtMs: 4 })
  t.end()
})

t.test('stale signals become absent, not 0', (t) => {
  const { states } = run([
    add('a'),
    { kind: 'signals', name: 'a', signals: { requestsRunning: 2 } },
    { kind: 'stale', name: 'a' },
  ])
  t.strictSame(states, [{ endpoint: endpoint('a'), health: 'unknown', signals: {} }])
  t.end()
})

const withoutEffect: readonly [string, readonly PoolChange[], PoolChange][] = [
  ['an endpoint added again', [add('a')], add('a')],
  ['an equal set', [add('a')], { kind: 'replaced', source: 's', endpoints: [endpoint('a')] }],
  ['an empty set of a source that has none', [add('a')], { kind: 'replaced', source: 'other', endpoints: [] }],
  ['the removal of an unknown endpoint', [add('a')], { kind: 'removed', source: 's', name: 'b' }],
  ["the removal of another source's endpoint", [add('a')], { kind: 'removed', source: 'other', name: 'a' }],
  ['the health it has', [add('a')], { kind: 'health', name: 'a', health: 'unknown' }],
  ['stale signals where none are known', [add('a')], { kind: 'stale', name: 'a' }],
  [
    'the models it has',
    [add('a'), { kind: 'models', name: 'a', servedModels: ['m'] }],
    { kind: 'models', name: 'a', servedModels: ['m'] },
  ],
  ['signals of an endpoint that is gone', [add('a')], { kind: 'signals', name: 'b', signals: { requestsRunning: 1 } }],
]

for (const [what, before, change] of withoutEffect) {
  t.test(`no new snapshot comes of ${what}`, (t) => {
    const { pool } = run(before)
    const applied = applyChange(pool, change, 99)
    t.equal(applied.pool, pool)
    t.strictSame(applied.events, [])
    t.end()
  })
}

t.test('a set of a source adds, changes and removes its own endpoints only', (t) => {
  const { pool } = run([add('a'), add('b'), { kind: 'added', source: 'other', endpoint: endpoint('x') }])
  const { events } = applyChange(
    pool,
    { kind: 'replaced', source: 's', endpoints: [endpoint('b', { labels: { zone: '1' } }), endpoint('c')] },
    9,
  )
  t.strictSame(events, [
    { kind: 'removed', endpoint: endpoint('a') },
    { kind: 'changed', endpoint: endpoint('b', { labels: { zone: '1' } }), before: endpoint('b') },
    { kind: 'added', endpoint: endpoint('c') },
  ])
  t.end()
})

t.test('a name taken by another source is refused and the pool stays as it was', (t) => {
  const { pool } = run([add('a')])
  const mine = endpoint('a', { url: 'http://elsewhere:8000' })
  const applied = applyChange(pool, { kind: 'replaced', source: 'other', endpoints: [mine] }, 2)
  t.strictSame(applied.events, [{ kind: 'refused', endpoint: mine, owner: 's' }])
  t.equal(applied.pool, pool)
  t.end()
})

t.test('of a name listed twice in one set the first is taken and the second refused', (t) => {
  const twice = [endpoint('a'), endpoint('a', { url: 'http://elsewhere:8000' })]
  const { events, states } = run([{ kind: 'replaced', source: 's', endpoints: twice }])
  t.match(events, [{ kind: 'added' }, { kind: 'refused', owner: 's' }])
  t.equal(states[0]?.endpoint.url, 'http://a:8000')
  t.end()
})

t.test('an endpoint with another URL is removed and added, and nothing known of the old one is kept', (t) => {
  const moved = endpoint('a', { url: 'http://elsewhere:8000' })
  const { states, kinds } = run([
    add('a'),
    { kind: 'health', name: 'a', health: 'ready' },
    { kind: 'signals', name: 'a', signals: { processStartTimeSeconds: 5 } },
    { kind: 'replaced', source: 's', endpoints: [moved] },
    { kind: 'signals', name: 'a', signals: { processStartTimeSeconds: 6 } },
  ])
  t.strictSame(kinds, ['added', 'health', 'removed', 'added'])
  t.equal(states[0]?.health, 'unknown')
  t.end()
})

const scraped = (signals: object): PoolChange => ({ kind: 'signals', name: 'a', signals })

t.test('equal signals at the same time are no change, at a later time they are fresher', (t) => {
  const { pool } = run([add('a'), scraped({ requestsRunning: 2 })])
  t.equal(applyChange(pool, scraped({ requestsRunning: 2 }), 2).pool, pool)
  t.equal(applyChange(pool, scraped({ requestsRunning: 2 }), 3).pool.snapshot.version, 3)
  t.end()
})

const restarts: readonly [string, readonly PoolChange[], boolean][] = [
  ['another start time', [scraped({ processStartTimeSeconds: 5 }), scraped({ processStartTimeSeconds: 6 })], true],
  ['the same start time', [scraped({ processStartTimeSeconds: 5 }), scraped({ processStartTimeSeconds: 5 })], false],
  ['a first start time', [scraped({}), scraped({ processStartTimeSeconds: 5 })], false],
  [
    'another start time after its signals went stale',
    [
      scraped({ processStartTimeSeconds: 5 }),
      { kind: 'stale', name: 'a' },
      scraped({}),
      scraped({ processStartTimeSeconds: 6 }),
    ],
    true,
  ],
  [
    'a counter that fell, without start times',
    [scraped({ prefixCacheQueriesTokens: 9 }), scraped({ prefixCacheQueriesTokens: 0 })],
    true,
  ],
  ['a counter that rose', [scraped({ prefixCacheQueriesTokens: 9 }), scraped({ prefixCacheQueriesTokens: 10 })], false],
  [
    'a counter that fell under the same start time',
    [
      scraped({ processStartTimeSeconds: 5, prefixCacheQueriesTokens: 9 }),
      scraped({ processStartTimeSeconds: 5, prefixCacheQueriesTokens: 0 }),
    ],
    false,
  ],
]

for (const [what, scrapes, restarted] of restarts) {
  t.test(`${what} ${restarted ? 'is a restart' : 'is no restart'}`, (t) => {
    const { events } = run([add('a'), ...scrapes])
    t.strictSame(events.slice(1), restarted ? [{ kind: 'restarted', endpoint: endpoint('a') }] : [])
    t.end()
  })
}

t.test('a restart forgets the models served, because adapters loaded at run time are gone', (t) => {
  const { states } = run([
    add('a'),
    scraped({ processStartTimeSeconds: 5 }),
    { kind: 'models', name: 'a', servedModels: ['m', 'sql'] },
    scraped({ processStartTimeSeconds: 6 }),
  ])
  t.notOk('servedModels' in (states[0] ?? {}))
  t.end()
})

const names = fc.constantFrom('a', 'b', 'c')
const sources = fc.constantFrom('s', 'other')
const arbitraryEndpoint = fc
  .record({ name: names, port: fc.constantFrom(1, 2), zone: fc.constantFrom('x', 'y') })
  .map(({ name, port, zone }) => endpoint(name, { url: `http://h:${port}`, labels: { zone } }))
const arbitraryChange: fc.Arbitrary<PoolChange> = fc.oneof(
  fc.record({ kind: fc.constant('added' as const), source: sources, endpoint: arbitraryEndpoint }),
  fc.record({ kind: fc.constant('removed' as const), source: sources, name: names }),
  fc.record({
    kind: fc.constant('replaced' as const),
    source: sources,
    endpoints: fc.array(arbitraryEndpoint, { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('signals' as const),
    name: names,
    signals: fc.record({ processStartTimeSeconds: fc.constantFrom(1, 2) }, { requiredKeys: [], noNullPrototype: true }),
  }),
  fc.record({ kind: fc.constant('stale' as const), name: names }),
  fc.record({
    kind: fc.constant('health' as const),
    name: names,
    health: fc.constantFrom('ready' as const, 'unreachable' as const),
  }),
  fc.record({ kind: fc.constant('models' as const), name: names, servedModels: fc.array(names, { maxLength: 2 }) }),
)

t.test(
  'whatever happens: names are unique, the version grows with each change, old snapshots stay, events tell who is there',
  (t) => {
    fc.assert(
      fc.property(fc.array(arbitraryChange, { maxLength: 30 }), (changes) => {
        let pool = emptyPool
        const present = new Set<string>()
        for (const [index, change] of changes.entries()) {
          const frozen = structuredClone(pool.snapshot)
          const { pool: next, events } = applyChange(pool, change, index)
          assert.deepEqual(pool.snapshot, frozen)
          const changed = !isSame(frozen.endpoints, next.snapshot.endpoints)
          assert.equal(next.snapshot.version, pool.snapshot.version + (changed ? 1 : 0))
          assert.equal(next === pool, !changed)
          for (const event of events) {
            if (event.kind === 'added') present.add(event.endpoint.name)
            if (event.kind === 'removed') present.delete(event.endpoint.name)
          }
          const listed = next.snapshot.endpoints.map((state) => state.endpoint.name)
          assert.deepEqual(new Set(listed), present)
          assert.equal(listed.length, present.size)
          pool = next
        }
      }),
      { numRuns: 500 },
    )
    t.end()
  },
)

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b)
    return true
  } catch {
    return false
  }
}
