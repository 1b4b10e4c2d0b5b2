import fc from 'fast-check'
import t from 'tap'
import { type Pinned, ShadowCache } from '../../../router/prefix/shadow-cache.ts'
import { span } from '../../support/candidates.ts'

const finish = (cache: ShadowCache, keys: readonly number[], outputBlocks = 0) =>
  cache.unpin(cache.pin(keys), outputBlocks)

t.test('what was sent is held, as far as it goes', async (t) => {
  const cache = new ShadowCache(10)
  t.equal(cache.match([1, 2]), 0)
  finish(cache, [1, 2, 3])
  t.same([cache.match([1, 2, 3, 4]), cache.match([1, 9, 3]), cache.match([4]), cache.indexedBlocks], [3, 1, 0, 3])
})

t.test('at the bound the oldest finished prompts go, tail first, never those in flight', async (t) => {
  const cache = new ShadowCache(6)
  const inFlight = cache.pin([1, 2])
  finish(cache, [11, 12])
  finish(cache, [21, 22])
  finish(cache, [31])
  t.same([cache.match([1, 2]), cache.match([11, 12]), cache.match([21, 22]), cache.match([31])], [2, 1, 2, 1])
  finish(cache, [41, 42, 43, 44, 45])
  t.same([cache.match([1, 2]), cache.match([41, 42, 43, 44, 45])], [2, 4], 'the tail that found no room is left out')
  cache.unpin(inFlight, 0)
})

t.test('answers take the room of older prompts', async (t) => {
  const cache = new ShadowCache(6)
  finish(cache, [1, 2, 3])
  finish(cache, [11], 4)
  t.same([cache.match([1, 2, 3]), cache.match([11]), cache.indexedBlocks], [1, 1, 2])
})

t.test('of a prompt that was never answered only what was held before stays', async (t) => {
  const cache = new ShadowCache(10)
  finish(cache, [1, 2])
  cache.undo(cache.pin([1, 2, 3, 4]))
  t.equal(cache.match([1, 2, 3, 4]), 2)
  const first = cache.pin([1, 2, 3])
  const second = cache.pin([1, 2, 3])
  cache.undo(first)
  t.equal(cache.match([1, 2, 3]), 3, 'the second will compute it')
  cache.undo(second)
  t.equal(cache.match([1, 2, 3]), 2, 'nor did the second')
  finish(cache, [11, 12, 13, 14, 15, 16, 17, 18, 19, 20])
  cache.undo(cache.pin([1]))
  t.equal(cache.match([1]), 0, 'a block taken for other content is not known by the old')
})

t.test('after a clear nothing is held, and pins from before do no harm', async (t) => {
  const cache = new ShadowCache(5)
  const [before, other] = [cache.pin([1, 2, 3]), cache.pin([1, 2])]
  cache.clear()
  t.same([cache.match([1]), cache.indexedBlocks, cache.capacityBlocks], [0, 0, 5])
  const after = cache.pin([7, 8])
  cache.unpin(before, 3)
  cache.undo(other)
  t.same([cache.match([7, 8]), cache.indexedBlocks], [2, 2])
  cache.unpin(after, 0)
  finish(cache, span(20, 5))
  t.equal(cache.match(span(20, 5)), 5, 'all blocks can be had')
})

t.test('a cache whose size becomes known keeps what it holds, the newest where room is short', async (t) => {
  const cache = new ShadowCache(8)
  finish(cache, [1, 2, 3])
  finish(cache, [7, 8])
  const running = cache.pin([7, 8, 9])
  cache.resize(4)
  t.same([cache.match([7, 8, 9]), cache.match([1, 2, 3]), cache.indexedBlocks, cache.capacityBlocks], [3, 1, 4, 4])
  cache.unpin(running, 2)
  t.equal(cache.match([7, 8, 9]), 3, 'pins from before end without effect')
  cache.resize(20)
  t.same([cache.match([7, 8, 9]), cache.indexedBlocks], [3, 4])
  cache.resize(4)
  finish(cache, [21, 22, 23])
  t.equal(cache.match([7, 8, 9]), 1, 'the tail of what was in flight goes before its head')
})

const prompt = fc.tuple(fc.nat(3), fc.integer({ min: 0, max: 8 })).map(([group, blocks]) => span(group * 100, blocks))
const action = fc.oneof(
  { arbitrary: prompt.map((keys) => ({ do: 'pin' as const, keys })), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant('unpin' as const), which: fc.nat(20), output: fc.nat(4) }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('undo' as const), which: fc.nat(20) }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('resize' as const), capacity: fc.integer({ min: 1, max: 9 }) }), weight: 1 },
)

t.test('in any history it stays within its bound, holds what is pinned, and all room comes back', async () => {
  const history = fc.array(action, { maxLength: 50, size: 'max' })
  const property = fc.property(fc.integer({ min: 1, max: 12 }), history, (capacity, actions) => {
    const cache = new ShadowCache(capacity)
    let pins: { readonly pinned: Pinned; readonly keys: readonly number[]; stale: boolean }[] = []
    for (const step of actions) {
      if (step.do === 'pin') pins.push({ pinned: cache.pin(step.keys), keys: step.keys, stale: false })
      else if (step.do === 'resize') {
        cache.resize(step.capacity)
        for (const pin of pins) pin.stale = true
      } else {
        const pin = pins[step.which % Math.max(1, pins.length)]
        if (pin === undefined) continue
        if (step.do === 'undo') cache.undo(pin.pinned)
        else cache.unpin(pin.pinned, step.output)
        pins = pins.filter((one) => one !== pin)
      }
      if (cache.indexedBlocks > cache.capacityBlocks) return false
    }
    for (const { pinned } of pins) cache.unpin(pinned, 0)
    const all = span(9000, cache.capacityBlocks)
    const held = cache.pin(all)
    return held.blocks.length === all.length && cache.match(all) === all.length
  })
  fc.assert(property, { numRuns: 1000 })
})

t.test('while nothing is evicted it matches exactly the longest beginning it was sent', async () => {
  const tree = fc.array(fc.constantFrom(1, 2), { minLength: 1, maxLength: 6 })
  const property = fc.property(fc.array(tree, { maxLength: 10 }), tree, (sent, asked) => {
    const cache = new ShadowCache(100)
    const keyed = (path: readonly number[]) => path.map((_, i) => Number(path.slice(0, i + 1).join('')))
    for (const path of sent) finish(cache, keyed(path))
    const shared = sent.map((path) => asked.findIndex((step, i) => step !== path[i]))
    const longest = Math.max(0, ...shared.map((depth) => (depth < 0 ? asked.length : depth)))
    return cache.match(keyed(asked)) === longest
  })
  fc.assert(property)
})
