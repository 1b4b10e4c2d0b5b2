import t from 'tap'
import type { Decision } from '../../router/decision.ts'
import { DecisionLog } from '../../router/decision-log.ts'

const decision = (requestId: string, endpoint = 'a'): Decision => ({
  requestId,
  model: 'm',
  policy: 'round-robin',
  endpoint: { name: endpoint, url: `http://${endpoint}`, pool: 'p', model: 'm', labels: {} },
  reason: 'turn',
  promptTokens: 10,
  promptBlocks: 1,
  matchedBlocks: 0,
  predictedCachedTokens: 0,
  candidates: [],
})

const newLog = (capacity: number) => new DecisionLog({ capacity, wallClock: () => new Date('2026-11-23T00:00:00Z') })

t.test('the newest decisions come first, no more than the capacity', (t) => {
  const log = newLog(3)
  for (const id of ['1', '2', '3', '4', '5']) log.open(decision(id))
  t.strictSame(
    log.recent(10).map(({ requestId }) => requestId),
    ['5', '4', '3'],
  )
  t.strictSame(
    log.recent(2).map(({ requestId }) => requestId),
    ['5', '4'],
  )
  t.strictSame(newLog(3).recent(5), [])
  t.end()
})

t.test('an entry tells what became of its request', (t) => {
  const log = newLog(3)
  const entry = log.open(decision('1'))
  t.match(log.recent(1), [{ at: '2026-11-23T00:00:00.000Z', endpoint: 'a', outcome: 'streaming', attempts: 1 }])
  entry.replace(decision('1', 'b'))
  entry.change({ ttftMs: 5 })
  entry.change({ outcome: 'completed', e2eMs: 9, observedCachedTokens: 8 })
  t.match(log.recent(1), [
    { endpoint: 'b', outcome: 'completed', attempts: 2, ttftMs: 5, e2eMs: 9, observedCachedTokens: 8 },
  ])
  t.end()
})

t.test('news of a request that has left the log changes nothing', (t) => {
  const log = newLog(1)
  const old = log.open(decision('1'))
  log.open(decision('2'))
  old.change({ outcome: 'failed' })
  t.match(log.recent(5), [{ requestId: '2', outcome: 'streaming' }])
  t.end()
})
