import fc from 'fast-check'
import t from 'tap'
import { Tail } from '../../../router/openai/tail.ts'

t.test('a tail is the last bytes of all that was written', (t) => {
  const law = fc.property(
    fc.integer({ min: 1, max: 20 }),
    fc.array(fc.string({ maxLength: 30 })),
    (capacity, chunks) => {
      const tail = new Tail(capacity)
      for (const chunk of chunks) tail.write(Buffer.from(chunk, 'latin1'))
      return (
        tail.text() ===
        chunks
          .map((chunk) => Buffer.from(chunk, 'latin1').toString('latin1'))
          .join('')
          .slice(-capacity)
      )
    },
  )
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})
