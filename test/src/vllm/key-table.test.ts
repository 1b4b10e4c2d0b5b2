import fc from 'fast-check'
import t from 'tap'
import { KeyTable } from '../../../src/vllm/key-table.ts'

const CAPACITY = 24
// Few distinct keys that collide often, beside ones near 2^53.
const key = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.maxSafeNat())
const operation = fc.tuple(fc.constantFrom('set', 'delete', 'clear'), key, fc.nat({ max: 1000 }))

t.test('KeyTable holds what a Map holds after any history', async (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (history) => {
      const table = new KeyTable(CAPACITY)
      const map = new Map<number, number>()
      for (const [kind, at, value] of history) {
        if (kind === 'clear') {
          table.clear()
          map.clear()
        } else if (kind === 'delete') {
          table.delete(at)
          map.delete(at)
        } else if (map.has(at) || map.size < CAPACITY) {
          table.set(at, value)
          map.set(at, value)
        }
        for (const [, seen] of history) if (table.get(seen) !== (map.get(seen) ?? -1)) return false
      }
      return true
    }),
    { numRuns: 300 },
  )
  t.pass('300 histories')
})
