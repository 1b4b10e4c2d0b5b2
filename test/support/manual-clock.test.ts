import t from 'tap'
import { createManualClock } from './manual-clock.ts'

t.test('a manual clock runs timers in order of due time, ties in order of setting, each at its own time', (t) => {
  const clock = createManualClock(1_000)
  const ran: [string, number][] = []
  const note = (name: string) => () => void ran.push([name, clock.now()])
  clock.setTimer(20, note('late'))
  clock.setTimer(10, note('first of two'))
  clock.setTimer(10, note('second of two'))
  clock.setTimer(31, note('not due'))
  clock.advance(30)
  t.strictSame(ran, [
    ['first of two', 1_010],
    ['second of two', 1_010],
    ['late', 1_020],
  ])
  t.equal(clock.now(), 1_030)
  t.equal(clock.pendingTimers, 1)
  t.end()
})

t.test('a manual clock runs a timer that was set on the way, and none that was cancelled', (t) => {
  const clock = createManualClock()
  const ran: number[] = []
  const cancel = clock.setTimer(15, () => t.fail('was cancelled'))
  clock.setTimer(10, () => {
    cancel()
    clock.setTimer(10, () => ran.push(clock.now()))
  })
  clock.advance(20)
  t.strictSame(ran, [20])
  t.equal(clock.pendingTimers, 0)
  t.end()
})

t.test('a manual clock tells when a timer of a given delay is pending, set before or after the question', async (t) => {
  const clock = createManualClock()
  clock.setTimer(5, () => {})
  await clock.timerSet(5)
  const later = clock.timerSet(7)
  clock.setTimer(7, () => {})
  await later
  t.equal(clock.pendingTimers, 2)
})
