import t from 'tap'
import { Silence } from '../../../router/proxy/silence.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function watch(limitMs: number) {
  const clock = createManualClock()
  const silentAt: number[] = []
  const silence = new Silence(clock, () => silentAt.push(clock.now()))
  silence.start(limitMs)
  return { clock, silence, silentAt }
}

t.test('silence is told once, the limit after the last touch', (t) => {
  const { clock, silence, silentAt } = watch(100)
  clock.advance(60)
  silence.touch()
  clock.advance(90)
  silence.touch()
  clock.advance(1000)
  t.strictSame(silentAt, [250])
  t.equal(clock.pendingTimers, 0)
  t.end()
})

t.test('after stop nothing is told and no timer is left', (t) => {
  const { clock, silence, silentAt } = watch(100)
  silence.stop()
  t.equal(clock.pendingTimers, 0)
  clock.advance(1000)
  t.strictSame(silentAt, [])
  t.end()
})

t.test('start begins anew with another limit', (t) => {
  const { clock, silence, silentAt } = watch(100)
  clock.advance(90)
  silence.start(500)
  clock.advance(1000)
  t.strictSame(silentAt, [590])
  t.end()
})
