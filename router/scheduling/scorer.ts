import type { EngineSignals } from '../../src/endpoints/endpoint.ts'
import type { Candidate, PolicyRequest } from './policy.ts'

/** Scores aligned with the candidates: 0..1, undefined = no opinion. */
export type Score = (request: PolicyRequest, candidates: readonly Candidate[]) => (number | undefined)[]

/** A case that is documentation and test at once. Each candidate is given by what differs from an idle, unknown one. */
export interface ScorerExample {
  readonly name: string
  readonly promptBlocks?: number
  readonly candidates: readonly {
    readonly signals?: EngineSignals
    readonly matchedBlocks?: number
    readonly prefillTokens?: number
  }[]
  readonly scores: readonly (number | undefined)[]
}

/** A plug-in: one file in `router/scorers/`, one line in its index. */
export interface ScorerDefinition {
  readonly type: string
  readonly doc: string
  readonly score: Score
  readonly examples: readonly ScorerExample[]
}

export const defineScorer = (definition: ScorerDefinition): ScorerDefinition => definition
