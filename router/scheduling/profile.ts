import type { FilterDefinition } from './filter.ts'
import { pickGreatest } from './pick.ts'
import { type Candidate, definePolicy, type PolicyDefinition, type PolicyRequest } from './policy.ts'
import type { ScorerDefinition } from './scorer.ts'

export interface ProfileDefinition {
  readonly type: string
  readonly doc: string
  readonly filters: readonly FilterDefinition[]
  readonly scorers: readonly { readonly scorer: ScorerDefinition; readonly weight: number }[]
}

/** A policy in llm-d's form: filters in order, then the weighted sum of scorers, then the greatest score. */
export function defineProfile({ type, doc, filters, scorers }: ProfileDefinition): PolicyDefinition {
  return definePolicy({
    type,
    doc,
    create: ({ random }) => ({
      choose(request, candidates) {
        const kept = applyFilters(filters, request, candidates)
        const scores = weigh(scorers, request, select(candidates, kept))
        const winner = pickGreatest(scores, random)
        return {
          index: kept[winner] ?? 0,
          scores: candidates.map((_, i) => scores[kept.indexOf(i)]),
          reason: `score ${(scores[winner] ?? 0).toFixed(2)}`,
        }
      },
    }),
  })
}

/** Indices of those that pass; each filter sees only what the ones before it left. */
function applyFilters(
  filters: readonly FilterDefinition[],
  request: PolicyRequest,
  candidates: readonly Candidate[],
): readonly number[] {
  let kept: readonly number[] = candidates.keys().toArray()
  for (const filter of filters) {
    const passed = filter.keep(request, select(candidates, kept))
    const left = kept.filter((_, i) => passed[i] === true)
    if (left.length > 0) kept = left
  }
  return kept
}

const select = (candidates: readonly Candidate[], indices: readonly number[]): readonly Candidate[] =>
  indices.flatMap((i) => candidates[i] ?? [])

/** Abstentions weigh nothing: each candidate's sum is divided by the weights that spoke for it. */
function weigh(
  scorers: ProfileDefinition['scorers'],
  request: PolicyRequest,
  candidates: readonly Candidate[],
): number[] {
  const sums = candidates.map(() => ({ score: 0, weight: 0 }))
  for (const { scorer, weight } of scorers) {
    scorer.score(request, candidates).forEach((score, i) => {
      const sum = sums[i]
      if (score === undefined || sum === undefined) return
      sum.score += score * weight
      sum.weight += weight
    })
  }
  return sums.map(({ score, weight }) => (weight === 0 ? 0 : score / weight))
}
