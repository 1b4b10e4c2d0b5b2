import t from 'tap'
import { realClock } from '../../src/clock.ts'

t.test('realClock runs a timer once its delay has passed', async (t) => {
  const started = realClock.now()
  await new Promise<void>((resolve) => realClock.setTimer(5, resolve))
  t.ok(realClock.now() - started >= 4)
})
