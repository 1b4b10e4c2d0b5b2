import type { Candidate, PolicyRequest } from './policy.ts'

/** Which candidates stay. A filter that would leave none is passed over. */
export interface FilterDefinition {
  readonly type: string
  readonly doc: string
  readonly keep: (request: PolicyRequest, candidates: readonly Candidate[]) => boolean[]
}

export const defineFilter = (definition: FilterDefinition): FilterDefinition => definition
