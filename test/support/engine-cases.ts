import fc from 'fast-check'
import type { ReferenceRequest, ReferenceSizes } from './reference-engine.ts'

/** Something done to an engine. Requests are named by their number in order of submission. */
export type EngineAction =
  | { readonly do: 'submit'; readonly request: ReferenceRequest }
  | { readonly do: 'cancel'; readonly id: string }
  | { readonly do: 'reset' }
  /** `during`: done while the step is under way. */
  | { readonly do: 'step'; readonly during: readonly EngineAction[] }

export interface EngineCase {
  readonly sizes: ReferenceSizes
  readonly actions: readonly EngineAction[]
  /** As soon as a line of news starts with `on`, request `cancel` is cancelled. */
  readonly reactions: readonly { readonly on: string; readonly cancel: string }[]
}

/** Few tokens of few kinds, so that prompts share beginnings; answers may be cacheable, as when a later turn repeats them. */
const tokens = (maxLength: number) => fc.array(fc.constantFrom(0, 0, 0, 0, 1), { minLength: 1, maxLength, size: 'max' })

const body = fc.record({ prompt: tokens(14), output: tokens(7), cacheable: fc.constantFrom('all', 'prompt', 'none') })

function named({ prompt, output, cacheable }: typeof body extends fc.Arbitrary<infer T> ? T : never, id: string) {
  const cacheableTokens = { all: prompt.length + output.length, prompt: prompt.length, none: 0 }[cacheable]
  return { id, prompt, output, cacheableTokens }
}

const id = fc.nat(9).map(String)
const submit = body.map((one) => ({ do: 'submit' as const, request: named(one, '') }))
const cancel = id.map((one) => ({ do: 'cancel' as const, id: one }))
const reset = fc.constant({ do: 'reset' as const })
const between = fc.oneof(submit, cancel, { arbitrary: reset, weight: 1 })
const plainStep = fc.constant({ do: 'step' as const, during: [] })
const step = fc.record({ do: fc.constant('step' as const), during: fc.array(between, { maxLength: 2 }) })

/** Without cancels, for laws that hold only then. */
const calmAction = fc.oneof({ arbitrary: submit, weight: 2 }, { arbitrary: plainStep, weight: 3 })
const anyAction = fc.oneof(
  { arbitrary: submit, weight: 5 },
  { arbitrary: plainStep, weight: 6 },
  { arbitrary: step, weight: 2 },
  { arbitrary: cancel, weight: 1 },
  { arbitrary: reset, weight: 1 },
)

/** Names the requests by number, in order. */
function numbered(actions: readonly EngineAction[], counter = { next: 0 }): readonly EngineAction[] {
  return actions.map((action) => {
    if (action.do === 'step') return { ...action, during: numbered(action.during, counter) }
    return action.do === 'submit' ? { ...action, request: { ...action.request, id: String(counter.next++) } } : action
  })
}

const tightSizes: fc.Arbitrary<ReferenceSizes> = fc.record({
  blockTokens: fc.integer({ min: 1, max: 4 }),
  kvBlocks: fc.integer({ min: 3, max: 20 }),
  maxRunning: fc.integer({ min: 1, max: 5 }),
  stepTokens: fc.integer({ min: 1, max: 16 }),
})

const reaction = fc.record({
  on: fc
    .tuple(id, fc.constantFrom('scheduled', 'token 0', 'token 1', 'finished'))
    .map(([one, news]) => `${one} ${news}`),
  cancel: id,
})

/** Tiny engines under requests, cancels and resets at any time: they preempt and evict often. */
export const anyEngineCase: fc.Arbitrary<EngineCase> = fc.record({
  sizes: tightSizes,
  actions: fc.array(anyAction, { minLength: 5, maxLength: 40, size: 'max' }).map((actions) => numbered(actions)),
  reactions: fc.array(reaction, { maxLength: 2 }),
})

/** Nobody leaves. */
export const calmEngineCase: fc.Arbitrary<EngineCase> = fc.record({
  sizes: tightSizes,
  actions: fc.array(calmAction, { minLength: 5, maxLength: 40, size: 'max' }).map((actions) => numbered(actions)),
  reactions: fc.constant([]),
})

export const fits = ({ prompt, output }: ReferenceRequest, { blockTokens, kvBlocks }: ReferenceSizes): boolean =>
  Math.ceil((prompt.length + output.length - 1) / blockTokens) <= kvBlocks
