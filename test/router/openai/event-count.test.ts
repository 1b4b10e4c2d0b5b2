import fc from 'fast-check'
import t from 'tap'
import { EventCount } from '../../../router/openai/event-count.ts'

t.test('EventCount counts the same events however the stream is cut', async (t) => {
  const pieces = fc.array(fc.stringMatching(/^[a\n]{0,6}$/), { maxLength: 12 })
  fc.assert(
    fc.property(pieces, (parts) => {
      const count = new EventCount()
      for (const part of parts) count.push(Buffer.from(part))
      return count.events === parts.join('').split('\n\n').length - 1
    }),
  )
  const count = new EventCount()
  count.push(Buffer.from('data: {"a":1}\n\ndata: {"b":2}\n'))
  count.push(Buffer.from('\ndata: [DONE]\n\n'))
  t.equal(count.events, 3)
})
