import fc from 'fast-check'
import t from 'tap'
import { anyEngineCase, calmEngineCase, type EngineAction, type EngineCase, fits } from '../../support/engine-cases.ts'
import type { ReferenceRequest } from '../../support/reference-engine.ts'
import { TracedEngine } from '../../support/traced-engine.ts'

const runs = { numRuns: 500 }

interface Played {
  readonly traced: TracedEngine
  readonly submitted: readonly ReferenceRequest[]
  readonly news: readonly string[]
  /** Lines of news before the first cancel of each id. */
  readonly cancelledAfter: ReadonlyMap<string, number>
}

/** `watch` is called after each action, and each step until idle. */
function play({ sizes, actions, reactions }: EngineCase, watch: (traced: TracedEngine) => void = () => {}): Played {
  const traced = new TracedEngine(sizes)
  const submitted: ReferenceRequest[] = []
  const news: string[] = []
  const cancelledAfter = new Map<string, number>()

  function cancel(id: string): void {
    if (submitted.some((one) => one.id === id) && !cancelledAfter.has(id)) cancelledAfter.set(id, news.length)
    traced.engine.cancel(id)
  }
  traced.hear = (line) => {
    news.push(line)
    reactions.filter(({ on }) => line.startsWith(on)).forEach((reaction) => cancel(reaction.cancel))
  }

  function act(action: EngineAction): void {
    if (action.do === 'cancel') cancel(action.id)
    else if (action.do === 'reset') traced.engine.resetPrefixCache()
    else if (action.do === 'step') {
      if (!traced.beginStep()) return
      action.during.forEach(act)
      traced.endStep()
    } else if (fits(action.request, sizes)) {
      traced.submit(action.request)
      submitted.push(action.request)
    }
    watch(traced)
  }

  actions.forEach(act)
  for (let steps = 0; traced.step() !== undefined; steps++) {
    if (steps > 5000) throw new Error('no end')
    watch(traced)
  }
  return { traced, submitted, news, cancelledAfter }
}

const of = (id: string, news: readonly string[]): readonly string[] =>
  news.filter((line) => line.startsWith(`${id} `)).map((line) => line.slice(id.length + 1))

t.test('blocks in use never exceed the capacity, and none is in use once all are finished or cancelled', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    const { traced } = play(given, ({ engine }) => {
      const { kvBlocks, kvBlocksUsed, kvBlocksCached } = engine.stats()
      if (kvBlocksUsed < 0 || kvBlocksUsed > kvBlocks || kvBlocksCached > kvBlocks) throw new Error('above capacity')
    })
    const { running, waiting, kvBlocksUsed } = traced.engine.stats()
    return running === 0 && waiting === 0 && kvBlocksUsed === 0
  })
  fc.assert(property, runs)
  t.end()
})

t.test('every request is scheduled once, gets all its tokens in order, and finishes once, preempted or not', (t) => {
  const property = fc.property(calmEngineCase, (given) => {
    const { submitted, news } = play(given)
    return submitted.every(({ id, output }) => {
      const [scheduled, ...rest] = of(id, news)
      const expected = [...output.map((_, index) => `token ${index}`), 'finished']
      return /^scheduled, \d+ cached$/.test(scheduled ?? '') && rest.join() === expected.join()
    })
  })
  fc.assert(property, runs)
  t.end()
})

t.test('requests are first scheduled in the order in which they came', (t) => {
  const property = fc.property(calmEngineCase, (given) => {
    const { submitted, news } = play(given)
    const scheduled = news.filter((line) => line.includes('scheduled')).map((line) => line.split(' ')[0])
    return scheduled.join() === submitted.map(({ id }) => id).join()
  })
  fc.assert(property, runs)
  t.end()
})

t.test('nothing is heard of a request after its cancel', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    const { news, cancelledAfter } = play(given)
    return [...cancelledAfter].every(([id, heard]) => of(id, news.slice(heard)).length === 0)
  })
  fc.assert(property, runs)
  t.end()
})

t.test('what is cached is whole blocks, and never the whole prompt', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    const { submitted, news } = play(given)
    return submitted.every(({ id, prompt }) => {
      const cached = of(id, news).flatMap((line) => /^scheduled, (\d+) cached$/.exec(line)?.[1] ?? [])
      return cached.every((tokens) => Number(tokens) < prompt.length && Number(tokens) % given.sizes.blockTokens === 0)
    })
  })
  fc.assert(property, runs)
  t.end()
})

t.test('a step computes no more tokens than its budget, for no more requests than may run', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    const { traced } = play(given, ({ engine }) => {
      if (engine.stats().running > given.sizes.maxRunning) throw new Error('too many run')
    })
    return traced.work.every(({ prefillTokens, decodes }) => {
      const tokens = prefillTokens + decodes
      return tokens > 0 && tokens <= given.sizes.stepTokens
    })
  })
  fc.assert(property, runs)
  t.end()
})

t.test('times of news never go back', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    const { times } = play(given).traced
    return times.every((time, i) => time >= (times[i - 1] ?? 0))
  })
  fc.assert(property, runs)
  t.end()
})

t.test('the cache events alone tell how many blocks hold content, copies included', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    const { traced } = play(given)
    // A reset is told with the next step.
    traced.submit({ id: 'last', prompt: [0], output: [0], cacheableTokens: 0 })
    traced.beginStep()
    traced.endStep()
    const copies = [...traced.held.values()].reduce((sum, count) => sum + count, 0)
    return copies === traced.engine.stats().kvBlocksCached
  })
  fc.assert(property, runs)
  t.end()
})

t.test('the prefix cache is reset exactly when no block is in use, and is empty then', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    play(given, ({ engine }) => {
      const { kvBlocksUsed, kvBlocksCached } = engine.stats()
      const done = engine.resetPrefixCache()
      if (done !== (kvBlocksUsed === 0)) throw new Error('reset while blocks were in use, or not when none was')
      if (engine.stats().kvBlocksCached !== (done ? 0 : kvBlocksCached)) throw new Error('wrong content after a reset')
    })
  })
  fc.assert(property, runs)
  t.end()
})

t.test('the same input gives the same news, times and cache events', (t) => {
  const property = fc.property(anyEngineCase, (given) => {
    const trace = () => {
      const { news, traced } = play(given)
      return JSON.stringify([news, traced.times, traced.batches, traced.engine.stats()])
    }
    return trace() === trace()
  })
  fc.assert(property, runs)
  t.end()
})
