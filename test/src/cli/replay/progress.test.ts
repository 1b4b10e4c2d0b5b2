import { PassThrough } from 'node:stream'
import t from 'tap'
import { createBar, createProgress } from '../../../../src/cli/replay/progress.ts'
import { createManualClock } from '../../../support/manual-clock.ts'

function barOn(columns: number) {
  const clock = createManualClock()
  const written: string[] = []
  const bar = createBar({ write: (text) => void written.push(text), columns: () => columns, clock })
  return { bar, clock, written }
}

t.test('the bar is redrawn in its own line, at most ten times a second', (t) => {
  const { bar, clock, written } = barOn(80)
  bar.update(0, 200, 'warmpath')
  bar.update(1, 200, 'warmpath')
  clock.advance(99)
  bar.update(2, 200, 'warmpath')
  t.equal(written.length, 1)
  clock.advance(1)
  bar.update(100, 200, 'warmpath')
  t.equal(written.length, 2)
  t.equal(written[1], `\r${'█'.repeat(15)}${'░'.repeat(15)}  50 %  warmpath\u001b[K`)
  t.end()
})

t.test('the bar never fills the last column, where a terminal would wrap', (t) => {
  const { bar, written } = barOn(30)
  bar.update(1, 2, 'a policy with a long name')
  t.equal(written[0]?.length, '\r'.length + 29 + '\u001b[K'.length)
  t.end()
})

t.test('the bar is erased at the end, once, and stays away', (t) => {
  const { bar, clock, written } = barOn(80)
  bar.update(1, 2, 'warmpath')
  bar.end()
  bar.end()
  clock.advance(1000)
  bar.update(2, 2, 'warmpath')
  t.same(written.slice(1), ['\r\u001b[K'])
  t.end()
})

t.test('a bar that was never drawn leaves nothing to erase', (t) => {
  const { bar, written } = barOn(80)
  bar.end()
  t.same(written, [])
  t.end()
})

t.test('createProgress() writes nothing where there is no terminal', (t) => {
  const stream = new PassThrough()
  const progress = createProgress(stream, createManualClock())
  progress.update(1, 2, 'warmpath')
  progress.end()
  t.equal(stream.read(), null)
  t.end()
})
