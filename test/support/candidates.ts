import type { EngineSignals } from '../../src/endpoints/endpoint.ts'
import { InFlight } from '../../router/flow/in-flight.ts'
import type { Expectation } from '../../router/flow/estimates.ts'
import type { Candidate, PolicyRequest } from '../../router/scheduling/policy.ts'

/** Requests are prompts of `blockTokens` tokens a block, each its keys. */
export const blockTokens = 16

export const expected: Expectation = { outputTokens: 160, holdMs: 5000, prefillTokensPerMs: 16 }

export function policyRequest(keys: readonly number[], given: Partial<PolicyRequest> = {}): PolicyRequest {
  const prompt = { keys, blockTokens, promptTokens: keys.length * blockTokens }
  return { id: 'r', model: 'm', prompt, ...given }
}

export interface CandidateFacts {
  readonly signals?: EngineSignals
  readonly matchedBlocks?: number
  readonly capacityBlocks?: number
  /** Keys of each prompt in flight; those in `answering` have their first token. */
  readonly prefilling?: readonly (readonly number[])[]
  readonly answering?: readonly (readonly number[])[]
  /** Uncached tokens of each prompt in `prefilling`; all of it unless given. */
  readonly uncachedTokens?: number
  /** Blocks expected of each answer. */
  readonly outputBlocks?: number
}

/** An idle, unknown endpoint but for what is given. */
export function candidate(name: string, facts: CandidateFacts = {}): Candidate {
  const { prefilling = [], answering = [], outputBlocks = 5 } = facts
  const load = new InFlight()
  for (const keys of [...prefilling, ...answering]) {
    const promptTokens = keys.length * blockTokens
    const uncachedTokens = facts.uncachedTokens ?? promptTokens
    const request = { keys, promptTokens, uncachedTokens, expectedOutputBlocks: outputBlocks }
    load.start(request)
    if (answering.includes(keys)) load.firstToken(request)
  }
  return {
    endpoint: { name, url: `http://${name}`, pool: 'p', model: 'm', labels: {} },
    signals: facts.signals ?? {},
    load,
    matchedBlocks: facts.matchedBlocks ?? 0,
    capacityBlocks: facts.capacityBlocks ?? 1000,
  }
}

/** Numbers from `first` on. */
export const span = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => first + i)

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}
