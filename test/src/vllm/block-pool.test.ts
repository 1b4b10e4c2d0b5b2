import fc from 'fast-check'
import t from 'tap'
import { BlockPool } from '../../../src/vllm/block-pool.ts'

const poolOf = (capacity: number) => {
  const removed: number[] = []
  return { removed, pool: new BlockPool(capacity, { removed: (key) => removed.push(key) }) }
}

/** Takes a block for each key, as a prompt of its own. */
function hold(pool: BlockPool, keys: readonly number[]): number[] {
  return keys.map((key) => {
    const block = pool.take()
    pool.setKey(block, key)
    return block
  })
}

t.test('blocks are taken oldest first, and a released prompt from its tail', async (t) => {
  const { pool, removed } = poolOf(4)
  pool.release(hold(pool, [10, 11, 12]))
  t.equal(pool.cached, 3)
  pool.take()
  t.same(removed, [], 'the block that held nothing goes first')
  for (let i = 0; i < 3; i++) pool.take()
  t.same(removed, [12, 11, 10])
  t.throws(() => pool.take(), new RangeError('no free block'))
})

t.test('a reused block is in use once more, and is not taken before all its users have left', async (t) => {
  const { pool, removed } = poolOf(2)
  const [block = -1] = hold(pool, [10])
  t.equal(pool.reuse(10), block)
  pool.release([block])
  t.equal(pool.free, 1)
  pool.take()
  t.same([removed, pool.free], [[], 0])
  pool.release([block])
  t.equal(pool.take(), block)
  t.same(removed, [10])
  t.throws(() => pool.reuse(10), RangeError)
})

t.test('of several blocks with one key the first is reused; when it goes, the next', async (t) => {
  const { pool, removed } = poolOf(3)
  const [first = -1, second = -1, third = -1] = hold(pool, [10, 10, 10])
  t.equal(pool.cached, 3)
  pool.release([second, first])
  t.equal(pool.take(), first)
  t.same([removed, pool.match([10], 1)], [[10], 1])
  t.equal(pool.reuse(10), second)
  pool.release([second, third])
  pool.release([first])
  t.equal(pool.take(), first, 'it has lost its key')
  t.equal(pool.take(), third)
})

t.test('only leading keys match, up to the limit', async (t) => {
  const { pool } = poolOf(4)
  pool.release(hold(pool, [10, 11, 13]))
  t.same(
    [
      [10, 11, 12, 13],
      [11, 10],
      [12, 10],
      [10, 11, 13],
    ].map((keys) => pool.match(keys, 2)),
    [2, 2, 0, 2],
  )
  t.equal(pool.match([10, 11, 13], 9), 3)
  t.equal(pool.match([10], 0), 0)
})

t.test('content is forgotten by a reset, which waits until no block is in use', async (t) => {
  const { pool, removed } = poolOf(3)
  const blocks = hold(pool, [10, 10])
  t.equal(pool.reset(), false)
  t.equal(pool.match([10], 1), 1)
  pool.release(blocks)
  t.equal(pool.reset(), true)
  t.same([pool.cached, pool.match([10], 1), pool.free], [0, 0, 3])
  hold(pool, [20, 21, 22])
  t.same(removed, [], 'what a reset forgot is not removed once more')
})

t.test('a block loses its key while it has one user, and keeps it while it has more', async (t) => {
  const { pool, removed } = poolOf(2)
  const [block = -1] = hold(pool, [10])
  pool.reuse(10)
  pool.dropKey(block)
  t.equal(pool.cached, 1)
  pool.release([block])
  pool.dropKey(block)
  t.same([pool.cached, pool.match([10], 1), removed], [0, 0, [10]])
})

const keys = fc.array(fc.nat(5), { minLength: 1, maxLength: 3 })
const action = fc.oneof(
  fc.record({ do: fc.constant('take' as const), keys }),
  fc.record({ do: fc.constant('reuse' as const), keys }),
  fc.record({ do: fc.constant('release' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('dropKey' as const), which: fc.nat(20) }),
  fc.constant({ do: 'reset' as const }),
)

t.test('the pool agrees with a plain list of blocks after any history', async () => {
  const history = fc.array(action, { maxLength: 60, size: 'max' })
  fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), history, agree), { numRuns: 2000 })
})

function agree(capacity: number, history: readonly (typeof action extends fc.Arbitrary<infer A> ? A : never)[]): void {
  const { pool, removed } = poolOf(capacity)
  const list = new ListedPool(capacity)
  const users: number[][] = []
  for (const step of history) {
    if (step.do === 'reset') equal(pool.reset(), list.reset())
    else if (step.do === 'take') {
      const fit = step.keys.slice(0, pool.free)
      const blocks = hold(pool, fit)
      equal(
        blocks,
        fit.map((key) => list.take(key)),
      )
      users.push(blocks)
    } else if (step.do === 'reuse') {
      const depth = pool.match(step.keys, step.keys.length)
      equal(depth, list.match(step.keys))
      equal(pool.matchedFree(step.keys, depth), list.matchedFree(step.keys.slice(0, depth)))
      const blocks = step.keys.slice(0, depth).map((key) => pool.reuse(key))
      equal(
        blocks,
        step.keys.slice(0, depth).map((key) => list.reuse(key)),
      )
      users.push(blocks)
    } else if (step.do === 'release') {
      const [blocks = []] = users.splice(step.which % Math.max(1, users.length), 1)
      pool.release(blocks)
      list.release(blocks)
    } else {
      const block = users.flat()[step.which]
      if (block === undefined) continue
      pool.dropKey(block)
      list.dropKey(block)
    }
    equal([pool.free, pool.cached, removed], [list.free.length, list.keyed.length, list.removed])
  }
}

/** The same rules by search over a list. */
class ListedPool {
  readonly #blocks: { readonly id: number; key: number | undefined; keyedAt: number; users: number }[]
  readonly removed: number[] = []
  free: number[]
  #time = 0

  constructor(capacity: number) {
    this.#blocks = Array.from({ length: capacity }, (_, id) => ({ id, key: undefined, keyedAt: 0, users: 0 }))
    this.free = this.#blocks.map(({ id }) => id)
  }

  get keyed() {
    return this.#blocks.filter(({ key }) => key !== undefined)
  }

  match(wanted: readonly number[]): number {
    const missing = wanted.findIndex((key) => this.#first(key) === undefined)
    return missing < 0 ? wanted.length : missing
  }

  matchedFree(wanted: readonly number[]): number {
    return wanted.filter((key) => this.#first(key)?.users === 0).length
  }

  take(key: number): number {
    const id = this.free.shift() ?? -1
    this.#forget(id)
    Object.assign(this.#blocks[id] ?? {}, { key, keyedAt: ++this.#time, users: 1 })
    return id
  }

  reuse(key: number): number {
    const block = this.#first(key)
    if (block === undefined) return -1
    block.users++
    this.free = this.free.filter((id) => id !== block.id)
    return block.id
  }

  release(ids: readonly number[]): void {
    const freed = ids.toReversed().flatMap((id) => {
      const block = this.#blocks[id]
      return block !== undefined && --block.users === 0 ? [block] : []
    })
    const idsOf = (keyed: boolean) => freed.filter(({ key }) => (key !== undefined) === keyed).map(({ id }) => id)
    this.free = [...idsOf(false), ...this.free, ...idsOf(true)]
  }

  dropKey(id: number): void {
    if (this.#blocks[id]?.users === 1) this.#forget(id)
  }

  reset(): boolean {
    if (this.free.length < this.#blocks.length) return false
    for (const block of this.#blocks) block.key = undefined
    return true
  }

  #forget(id: number): void {
    const block = this.#blocks[id]
    if (block?.key === undefined) return
    this.removed.push(block.key)
    block.key = undefined
  }

  #first(key: number) {
    const holders = this.#blocks.filter((block) => block.key === key)
    return holders.toSorted((a, b) => a.keyedAt - b.keyedAt)[0]
  }
}

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)]
  if (a !== b) throw new Error(`found ${a}, expected ${b}`)
}
