import t from 'tap'
import type { ReferenceRequest } from '../../support/reference-engine.ts'
import { TracedEngine } from '../../support/traced-engine.ts'

// Blocks of 4 tokens; a prompt is spelled with one letter per block, so equal beginnings are equal content.
function request(id: string, blocks: string, given: { tokens?: number; output?: number } = {}): ReferenceRequest {
  const all = [...blocks].flatMap((letter) => Array.from({ length: 4 }, () => letter.charCodeAt(0)))
  const prompt = all.slice(0, given.tokens ?? all.length)
  // Answers are like no other.
  const output = Array.from({ length: given.output ?? 1 }, (_, i) => id.charCodeAt(0) * 1000 + i)
  return { id, prompt, output, cacheableTokens: prompt.length }
}

const contentsOf = ({ keys, held }: TracedEngine, prompt: string): readonly number[] =>
  keys.keysOf(request('', prompt), 4).map((key) => held.get(key) ?? 0)

t.test('an idle engine begins no step', async (t) => {
  t.equal(new TracedEngine().step(), undefined)
})

t.test('a prompt that fits the step gets its first token at the end of it, then one token a step', async (t) => {
  const engine = new TracedEngine()
  engine.submit(request('a', 'xy', { output: 3 }))
  t.same(engine.step(), ['a scheduled, 0 cached', 'a token 0'])
  t.same(engine.step(), ['a token 1'])
  t.same(engine.step(), ['a token 2', 'a finished'])
  t.equal(engine.step(), undefined)
  t.same(engine.work, [
    { prefillTokens: 8, prefillKvTokens: 36, decodes: 0, kvTokens: 0 },
    { prefillTokens: 0, prefillKvTokens: 0, decodes: 1, kvTokens: 9 },
    { prefillTokens: 0, prefillKvTokens: 0, decodes: 1, kvTokens: 10 },
  ])
  t.same(engine.times, [18, 18, 29, 40, 40])
})

t.test('a prompt longer than the step is computed in chunks, behind the tokens of those that answer', async (t) => {
  const engine = new TracedEngine({ stepTokens: 5 })
  engine.submit(request('a', 'x', { output: 9 }))
  engine.step()
  engine.submit(request('b', 'yz'))
  t.same(engine.step(), ['a token 1', 'b scheduled, 0 cached'])
  t.same(engine.step(), ['a token 2', 'b token 0', 'b finished'])
  t.same(engine.work.slice(1), [
    { prefillTokens: 4, prefillKvTokens: 1 + 2 + 3 + 4, decodes: 1, kvTokens: 5 },
    { prefillTokens: 4, prefillKvTokens: 5 + 6 + 7 + 8, decodes: 1, kvTokens: 6 },
  ])
})

t.test('a chunk of one token is work on a prompt all the same', async (t) => {
  const engine = new TracedEngine({ stepTokens: 4 })
  engine.submit(request('a', 'xy', { tokens: 5 }))
  engine.drain()
  t.same(engine.work[1], { prefillTokens: 1, prefillKvTokens: 5, decodes: 0, kvTokens: 0 })
})

t.test('a later prompt takes the leading blocks that it shares from the cache', async (t) => {
  const engine = new TracedEngine()
  engine.submit(request('a', 'xyz'))
  engine.drain()
  engine.submit(request('b', 'xyq'))
  engine.submit(request('c', 'qyz'))
  t.same(
    engine.drain().filter((line) => line.includes('scheduled')),
    ['b scheduled, 8 cached', 'c scheduled, 0 cached'],
  )
  t.match(
    engine.work[1],
    { prefillTokens: 4 + 12, prefillKvTokens: 9 + 10 + 11 + 12 + 78 },
    'cached ones are attended to',
  )
  t.match(engine.engine.stats(), {
    prefixQueriesTokens: 36,
    prefixHitsTokens: 8,
    promptTokens: 36,
    generationTokens: 3,
  })
})

t.test(
  'of a prompt that is cached whole, the last block is computed again, or what follows the last full one',
  async (t) => {
    const engine = new TracedEngine()
    engine.submit(request('a', 'xyz'))
    engine.drain()
    engine.submit(request('b', 'xyz'))
    engine.submit(request('c', 'xyz', { tokens: 9 }))
    t.same(
      engine.drain().filter((line) => line.includes('scheduled')),
      ['b scheduled, 8 cached', 'c scheduled, 8 cached'],
    )
    t.same(contentsOf(engine, 'xyz'), [1, 1, 2], 'the block computed again is a second copy')
  },
)

t.test('prompts of one step share already: blocks count as cached once they are scheduled', async (t) => {
  const engine = new TracedEngine()
  engine.submit(request('a', 'xyz'))
  engine.submit(request('b', 'xyq'))
  t.same(
    engine.step()?.filter((line) => line.includes('scheduled')),
    ['a scheduled, 0 cached', 'b scheduled, 8 cached'],
  )
  t.equal(engine.work[0]?.prefillTokens, 16)
})

t.test('a later turn finds the answer cached too, but for its last token, which was never computed', async (t) => {
  const engine = new TracedEngine()
  const first = { id: 'a', prompt: [1, 2, 3, 4, 5], output: [6, 7, 8, 9, 10, 11, 12] }
  engine.submit({ ...first, cacheableTokens: 12 })
  engine.drain()
  t.equal(engine.held.size, 2, 'of 12 tokens 11 have KV: 2 full blocks')
  engine.submit({ id: 'b', prompt: [...first.prompt, ...first.output, 13], output: [1], cacheableTokens: 13 })
  t.match(engine.step(), ['b scheduled, 8 cached'])
})

t.test('of a finished prompt the tail is evicted before the head', async (t) => {
  const engine = new TracedEngine({ kvBlocks: 5 })
  engine.submit(request('a', 'xyz'))
  engine.drain()
  engine.submit(request('b', 'pqr'))
  engine.drain()
  t.same(contentsOf(engine, 'xyz'), [1, 1, 0])
  engine.submit(request('c', 'xyzv'))
  t.match(engine.drain(), ['c scheduled, 8 cached'])
})

t.test('the least recently used are evicted first, and a hit makes them recent', async (t) => {
  const engine = new TracedEngine({ kvBlocks: 4 })
  for (const [id, blocks] of [
    ['a', 'x'],
    ['b', 'y'],
    ['c', 'z'],
    ['d', 'xw'],
    ['e', 'v'],
  ] as const) {
    engine.submit(request(id, blocks))
    engine.drain()
  }
  t.same([contentsOf(engine, 'xw'), contentsOf(engine, 'y'), contentsOf(engine, 'z')], [[1, 1], [0], [1]])
})

t.test('a prompt waits until all its blocks fit, and none behind it overtakes', async (t) => {
  const engine = new TracedEngine({ kvBlocks: 4 })
  engine.submit(request('a', 'xyz', { output: 3 }))
  engine.step()
  engine.submit(request('b', 'pq'))
  engine.submit(request('c', 'r', { tokens: 1 }))
  t.same(engine.step(), ['a token 1'])
  t.match(engine.engine.stats(), { running: 1, waiting: 2 })
  const order = engine.drain().filter((line) => /scheduled|finished/.test(line))
  t.same(order, ['a finished', 'b scheduled, 0 cached', 'b finished', 'c scheduled, 0 cached', 'c finished'])
})

t.test('blocks in use that a prompt shares need no room', async (t) => {
  const engine = new TracedEngine({ kvBlocks: 4 })
  engine.submit(request('a', 'xy', { output: 2 }))
  engine.step()
  engine.submit(request('b', 'xyz'))
  t.same(engine.step(), ['a token 1', 'a finished', 'b scheduled, 8 cached', 'b token 0', 'b finished'])
})

t.test('out of blocks, the last admitted gives way, and comes back before those that wait', async (t) => {
  const engine = new TracedEngine({ kvBlocks: 4, maxRunning: 2 })
  engine.submit(request('a', 'x', { output: 9 }))
  engine.submit(request('b', 'yz', { output: 3 }))
  engine.submit(request('c', 'p'))
  engine.step()
  t.same(engine.step(), ['a token 1'], 'a takes the last block, b would need another')
  t.match(engine.engine.stats(), { running: 1, waiting: 2, preemptions: 1 })
  const order = engine.drain().filter((line) => /scheduled|finished|b token/.test(line))
  t.same(order, ['a finished', 'b token 1', 'c scheduled, 0 cached', 'c finished', 'b token 2', 'b finished'])
})

t.test('a preempted request keeps its tokens, and its prefix counts as looked up once', async (t) => {
  const engine = new TracedEngine({ kvBlocks: 4 })
  engine.submit(request('a', 'x', { output: 9 }))
  engine.submit(request('b', 'yz', { output: 3 }))
  const news = engine.drain()
  t.same(
    news.filter((line) => line.startsWith('b')),
    ['b scheduled, 0 cached', 'b token 0', 'b token 1', 'b token 2', 'b finished'],
  )
  t.match(engine.engine.stats(), { preemptions: 1, prefixQueriesTokens: 12, promptTokens: 12, generationTokens: 12 })
})

t.test('a request that fills the engine to the last block runs, one token more is refused', async (t) => {
  const engine = new TracedEngine({ kvBlocks: 2 })
  engine.submit(request('a', 'x', { output: 5 }))
  t.match(engine.drain().at(-1), 'a finished')
  t.throws(
    () => engine.submit(request('b', 'x', { output: 6 })),
    new RangeError('request b needs more than all 2 KV blocks'),
  )
  t.equal(engine.engine.stats().waiting, 0)
})

t.test('requests of no tokens, and of an id that is in the engine, are refused', async (t) => {
  const engine = new TracedEngine()
  t.throws(() => engine.submit(request('a', 'x', { tokens: 0 })), /promptTokens must be at least 1/)
  t.throws(() => engine.submit(request('a', 'x', { output: 0 })), /outputTokens must be at least 1/)
  engine.submit(request('a', 'x'))
  t.throws(() => engine.submit(request('a', 'y')), /another of this id/)
  t.same(engine.drain(), ['a scheduled, 0 cached', 'a token 0', 'a finished'])
  engine.submit(request('a', 'y'))
  t.match(engine.drain(), ['a scheduled, 0 cached'])
})

t.test('a cancel frees waiting and running requests at once, and unknown ones are no matter', async (t) => {
  const engine = new TracedEngine({ maxRunning: 1 })
  engine.submit(request('a', 'xy', { output: 5 }))
  engine.submit(request('b', 'z'))
  engine.step()
  engine.engine.cancel('b')
  engine.engine.cancel('nobody')
  t.match(engine.engine.stats(), { running: 1, waiting: 0, kvBlocksUsed: 2 })
  engine.engine.cancel('a')
  t.match(engine.engine.stats(), { running: 0, kvBlocksUsed: 0, kvBlocksCached: 2 })
  t.equal(engine.step(), undefined)
})

t.test('a request cancelled by the news that it is scheduled hears no token', async (t) => {
  const engine = new TracedEngine()
  engine.submit(request('a', 'x'))
  engine.hear = () => engine.engine.cancel('a')
  t.same(engine.step(), ['a scheduled, 0 cached'])
  t.match(engine.engine.stats(), { running: 0, kvBlocksUsed: 0, generationTokens: 0 })
})

t.test(
  'an id may come again as soon as its request has finished or was cancelled, even in the same step',
  async (t) => {
    const engine = new TracedEngine()
    const again = new Set(['a finished', 'b token 0'])
    engine.hear = (line) => {
      if (!again.delete(line)) return
      const [id = ''] = line.split(' ')
      engine.engine.cancel(id)
      engine.submit(request(id, 'y', { output: 2 }))
    }
    engine.submit(request('a', 'x'))
    engine.submit(request('b', 'x', { output: 9 }))
    t.same(
      engine.step()?.filter((line) => line.includes('token')),
      ['a token 0', 'b token 0'],
    )
    t.match(engine.engine.stats(), { running: 0, waiting: 2, kvBlocksUsed: 0 })
    t.same(
      engine.drain().filter((line) => line.startsWith('b')),
      ['b scheduled, 0 cached', 'b token 0', 'b token 1', 'b finished'],
    )
  },
)

t.test('a reset during a step is told after what the step has stored', async (t) => {
  const engine = new TracedEngine()
  engine.submit(request('a', 'xy'))
  engine.beginStep()
  t.equal(engine.engine.resetPrefixCache(), false)
  engine.engine.cancel('a')
  t.equal(engine.engine.resetPrefixCache(), true)
  engine.endStep()
  t.same(
    engine.batches.map((batch) => batch.map(({ kind }) => kind)),
    [['stored', 'cleared']],
  )
  t.equal(engine.held.size, 0)
})

t.test('a step that has begun must end before the next', async (t) => {
  const engine = new TracedEngine()
  engine.submit(request('a', 'x', { output: 2 }))
  engine.beginStep()
  t.throws(() => engine.beginStep(), /before the last step ended/)
})
