import fc from 'fast-check'
import t from 'tap'
import { anyEngineCase, type EngineAction, type EngineCase, fits } from '../../support/engine-cases.ts'
import { ReferenceEngine } from '../../support/reference-engine.ts'
import { TracedEngine } from '../../support/traced-engine.ts'

// The reference cuts, stores, finds and evicts blocks by their content, so agreement in what was cached means that hits
// are whole leading blocks which some earlier request computed and nobody has overwritten.
t.test('the engine model does what vLLM’s rules say, step by step, whatever is sent and cancelled when', (t) => {
  fc.assert(fc.property(anyEngineCase, runSideBySide), { numRuns: 3000 })
  t.end()
})

function runSideBySide({ sizes, actions, reactions }: EngineCase): void {
  const model = new TracedEngine(sizes)
  const reference = new ReferenceEngine(sizes)
  const cancelOn = (news: string, cancel: (id: string) => void) =>
    reactions.filter(({ on }) => news.startsWith(on)).forEach((reaction) => cancel(reaction.cancel))
  model.hear = (news) => cancelOn(news, (id) => model.engine.cancel(id))

  function step(during: readonly EngineAction[]): boolean {
    const begun = model.beginStep()
    if (begun !== reference.beginStep()) throw new Error('one has work, the other none')
    if (!begun) return false
    same(model, reference)
    during.forEach(act)
    const expected: string[] = []
    reference.endStep((news) => {
      expected.push(news)
      cancelOn(news, (id) => reference.cancel(id))
    })
    equal(model.endStep(), expected)
    same(model, reference)
    equal(sorted(model.held), sorted(named(model, reference.held())))
    return true
  }

  function act(action: EngineAction): void {
    if (action.do === 'step') step(action.during)
    else if (action.do === 'reset') equal(model.engine.resetPrefixCache(), reference.reset())
    else if (action.do === 'cancel') {
      model.engine.cancel(action.id)
      reference.cancel(action.id)
    } else if (fits(action.request, sizes)) {
      model.submit(action.request)
      reference.submit(action.request)
    } else if (!refuses(() => model.submit(action.request))) throw new Error('took a request that it cannot hold')
    same(model, reference)
  }

  actions.forEach(act)
  for (let steps = 0; step([]); steps++) if (steps > 5000) throw new Error('no end')
  equal(model.engine.stats().kvBlocksUsed, 0)
}

function same({ engine }: TracedEngine, reference: ReferenceEngine): void {
  const { running, waiting, kvBlocksUsed: used, kvBlocksCached, preemptions } = engine.stats()
  equal({ running, waiting, used }, reference.state)
  equal(preemptions, reference.preemptions)
  equal(
    kvBlocksCached,
    [...reference.held().values()].reduce((sum, copies) => sum + copies, 0),
  )
}

function named({ keys }: TracedEngine, held: ReadonlyMap<string, number>): Map<number, number> {
  return new Map([...held].map(([content, copies]) => [keys.keyOf(content), copies]))
}

function sorted(held: ReadonlyMap<number, number>) {
  return [...held].toSorted(([a], [b]) => a - b)
}

function equal(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)]
  if (a !== b) throw new Error(`found ${a}, expected ${b}`)
}

function refuses(submit: () => void): boolean {
  try {
    submit()
    return false
  } catch (error) {
    return error instanceof RangeError
  }
}
