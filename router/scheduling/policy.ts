import type { Clock } from '../../src/clock.ts'
import type { Endpoint, EngineSignals } from '../../src/endpoints/endpoint.ts'
import type { Expectation } from '../flow/estimates.ts'
import type { EndpointLoad } from '../flow/in-flight.ts'
import type { PromptBlocks } from '../prefix/prompt-blocks.ts'

/** What a policy may know of a request. */
export interface PolicyRequest {
  readonly id: string
  readonly model: string
  readonly prompt: PromptBlocks
  readonly sessionId?: string
  /** False when the answer comes whole; taken as true when absent. */
  readonly streams?: boolean
  /** From max_tokens or its like; absent when the client set none. */
  readonly maxOutputTokens?: number
}

/** One endpoint the request may go to. */
export interface Candidate {
  readonly endpoint: Endpoint
  readonly signals: EngineSignals
  readonly load: EndpointLoad
  /** Leading blocks of the prompt that the endpoint is believed to hold. */
  readonly matchedBlocks: number
  /** KV room in blocks of the prompt's size; an assumption until the engine has told its own. */
  readonly capacityBlocks: number
}

/** `index` into the candidates; `scores` aligned with them, undefined where the policy had no opinion. */
export interface Choice {
  readonly index: number
  readonly reason: string
  readonly scores?: readonly (number | undefined)[]
}

export interface Policy {
  /** `candidates` is never empty. Changes nothing, so that a decision can be explained without being taken. */
  choose(request: PolicyRequest, candidates: readonly Candidate[], expected: Expectation): Choice
  /** Told once the request has been booked on `candidates[index]`: where a policy with memory learns. */
  routed?(request: PolicyRequest, candidates: readonly Candidate[], index: number): void
}

export interface PolicyDeps {
  readonly clock: Pick<Clock, 'now'>
  /** 0 ≤ x < 1. */
  readonly random: () => number
}

/** A plug-in: one file in `router/policies/`, one line in its index. */
export interface PolicyDefinition {
  readonly type: string
  readonly doc: string
  readonly create: (deps: PolicyDeps) => Policy
}

export const definePolicy = (definition: PolicyDefinition): PolicyDefinition => definition
