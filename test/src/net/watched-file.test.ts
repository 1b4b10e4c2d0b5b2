import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { watchFile } from '../../../src/net/watched-file.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const pollMs = 10_000

interface SetUp {
  /** Never over by default: then changes are noticed by polling only, whatever the file system says. */
  readonly settleMs?: number
  readonly hear?: (text: string) => void
}

function setUp(t: Test, content: string, { settleMs = Infinity, hear = () => {} }: SetUp = {}) {
  const path = join(t.testdir({ file: content }), 'file')
  const clock = createManualClock()
  const heard: string[] = []
  const onText = (text: string) => {
    heard.push(text)
    hear(text)
  }
  const onUnreadable = () => void heard.push('unreadable')
  const file = watchFile({ path, clock, maxBytes: 10, settleMs, pollMs, onText, onUnreadable })
  t.teardown(() => file.stop())
  /** Reads the file as the poll does, and waits until it has been read. */
  const poll = async () => {
    await clock.timerSet(pollMs)
    clock.advance(pollMs)
    await clock.timerSet(pollMs)
  }
  return { path, clock, file, heard, poll }
}

t.test('a text is told once, however often it is read', async (t) => {
  const { path, heard, poll } = setUp(t, 'a')
  await poll()
  await poll()
  t.strictSame(heard, ['a'])
  writeFileSync(path, 'b')
  await poll()
  t.strictSame(heard, ['a', 'b'])
})

t.test('an unreadable file is told once, and its text again when it is back', async (t) => {
  const { path, heard, poll } = setUp(t, 'a')
  await poll()
  rmSync(path)
  await poll()
  await poll()
  t.strictSame(heard, ['a', 'unreadable'])
  writeFileSync(path, 'a')
  await poll()
  t.strictSame(heard, ['a', 'unreadable', 'a'])
})

t.test('a file that grew over the limit is unreadable', async (t) => {
  const { path, heard, poll } = setUp(t, '1234567890')
  writeFileSync(path, '12345678901')
  await poll()
  t.strictSame(heard.at(-1), 'unreadable')
})

t.test('a change that is noticed while the file is being read is not lost', async (t) => {
  const settleMs = 20_000
  const { path, clock, heard, file } = setUp(t, 'a', {
    settleMs,
    hear: (text) => {
      if (text !== 'b') return
      writeFileSync(path, 'c')
      clock.advance(settleMs)
    },
  })
  await file.firstRead
  writeFileSync(path, 'b')
  await clock.timerSet(settleMs)
  clock.advance(pollMs)
  await clock.timerSet(pollMs)
  t.strictSame(heard, ['a', 'b', 'c'])
})

t.test('after stop() not even a read under way is told', async (t) => {
  const { clock, file, heard } = setUp(t, 'a')
  file.stop()
  await file.firstRead
  t.strictSame(heard, [])
  t.equal(clock.pendingTimers, 0)
})
