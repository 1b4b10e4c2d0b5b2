import fc from 'fast-check'
import t from 'tap'
import { FifoQueue } from '../../../src/simulation/fifo-queue.ts'

t.test('the queue does what a list would, from either end and in the middle', async () => {
  const action = fc.oneof(
    { arbitrary: fc.record({ do: fc.constantFrom('push', 'pushFront'), item: fc.nat() }), weight: 3 },
    { arbitrary: fc.record({ do: fc.constant('shift'), item: fc.nat() }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('remove'), item: fc.nat(40) }), weight: 1 },
  )
  const property = fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
    const queue = new FifoQueue<string>()
    const list: string[] = []
    return actions.every(({ do: kind, item }, index) => {
      const name = `${index}: ${item}`
      if (kind === 'push') queue.push(name)
      else if (kind === 'pushFront') queue.pushFront(name)
      else if (kind === 'shift' && queue.shift() !== list[0]) return false
      else if (kind === 'remove') queue.remove(list[item % Math.max(1, list.length)] ?? 'nobody')
      change(list, kind, kind === 'remove' ? item : name)
      return queue.size === list.length && queue.peek() === list[0]
    })
  })
  fc.assert(property, { numRuns: 500 })
})

function change(list: string[], kind: string, item: string | number): void {
  if (typeof item === 'number') list.splice(item % Math.max(1, list.length), 1)
  else if (kind === 'push') list.push(item)
  else if (kind === 'pushFront') list.unshift(item)
  else list.shift()
}

t.test('the queue keeps its order through thousands of arrivals and departures', async (t) => {
  const queue = new FifoQueue<number>()
  let next = 0
  for (let i = 0; i < 6000; i++) {
    queue.push(i)
    if (i % 3 > 0 && queue.shift() !== next++) t.fail('out of order')
  }
  queue.pushFront(-1)
  t.same([queue.size, queue.shift(), queue.shift()], [2001, -1, 4000])
})
