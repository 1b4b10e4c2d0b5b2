import type { Expectation } from '../flow/estimates.ts'
import { pickLeast } from '../scheduling/pick.ts'
import { type Candidate, definePolicy, type PolicyRequest } from '../scheduling/policy.ts'

/** A prefix may live on this many times its share of the requests in flight, in replicas. */
const COPIES_PER_SHARE = 2
/** Below this many requests in flight per endpoint, shares are too coarse to grant copies by. */
const MIN_REQUESTS = 8
/**
 * Waits, in turnovers of the whole KV room, that a copy of the whole room would cause others. Large: below saturation a
 * copy only costs its prefill, past it every copied block delays all that queue (W0: 10 % more copies took TTFT p90 from 14 to 23 s).
 */
const COPY_PRICE = 60
/** Softness of the edge at which KV memory counts as full, as a fraction of capacity. */
const EDGE = 0.1
/** Wait charged for memory in use below the edge, as a fraction of its turnover time: spreads what has no home yet. */
const SPREAD = 0.02

export const warmpath = definePolicy({
  type: 'warmpath',
  doc:
    'Least expected cost in ms: prompt tokens queued and own uncached ones / learned prefill rate + wait for KV memory ' +
    '(distinct blocks in flight over capacity x turnover time) + a price on copying blocks that are live on as many ' +
    'endpoints as their share of the traffic earns.',
  create: ({ random }) => ({
    choose(request, candidates, expected) {
      const { freshBlocks, copiedBlocks } = surveyBlocks(request, candidates)
      const costs = candidates.map((candidate, i) =>
        costMs(request, candidate, expected, { fresh: freshBlocks[i] ?? 0, copied: copiedBlocks[i] ?? 0 }),
      )
      const index = pickLeast(costs, random)
      return { index, scores: costs.map((cost) => -cost), reason: explain(request, candidates, index) }
    },
  }),
})

function costMs(
  { prompt }: PolicyRequest,
  { load, matchedBlocks, capacityBlocks }: Candidate,
  { outputTokens, holdMs, prefillTokensPerMs }: Expectation,
  blocks: { readonly fresh: number; readonly copied: number },
): number {
  const { blockTokens, promptTokens } = prompt
  const uncached = promptTokens - matchedBlocks * blockTokens
  const computeMs = (load.prefillTokens + uncached) / prefillTokensPerMs
  const use = (load.kvBlocks + blocks.fresh + outputTokens / 2 / blockTokens) / capacityBlocks
  // The whole room turns over once per hold time, so the excess over capacity frees up in its share of that.
  const overflow = EDGE * softplus((use - 1) / EDGE)
  return computeMs + (overflow + SPREAD * use + (COPY_PRICE * blocks.copied) / capacityBlocks) * holdMs
}

/** ln(1 + e^x), which is x long before e^x overflows. */
function softplus(x: number): number {
  return x > 40 ? x : Math.log1p(Math.exp(x))
}

/**
 * Per candidate: prompt blocks that no request in flight there holds (`fresh`), and those of them that it would have to
 * compute although they are live on as many endpoints as their share of the requests in flight earns (`copied`). A hot
 * prefix earns a home on every endpoint, a cold one keeps to one. O(endpoints × blocks).
 */
function surveyBlocks({ prompt: { keys } }: PolicyRequest, candidates: readonly Candidate[]) {
  const freshBlocks = candidates.map(() => 0)
  const copiedBlocks = candidates.map(() => 0)
  const requests = candidates.reduce((sum, { load }) => sum + load.requests, 0)
  const requestsPerEndpoint = Math.max(MIN_REQUESTS, requests / candidates.length)
  for (let block = 0; block < keys.length; block++) {
    const holders = candidates.map(({ load }) => load.holders(keys[block] ?? -1))
    const sharers = holders.reduce((sum, count) => sum + count, 0)
    if (sharers === 0) {
      for (let i = 0; i < candidates.length; i++) freshBlocks[i] = (freshBlocks[i] ?? 0) + keys.length - block
      break
    }
    const homes = holders.filter((count) => count > 0).length
    const earned = Math.max(1, (COPIES_PER_SHARE * sharers) / requestsPerEndpoint)
    for (const [i, { matchedBlocks }] of candidates.entries()) {
      if (holders[i] !== 0) continue
      freshBlocks[i] = (freshBlocks[i] ?? 0) + 1
      if (block >= matchedBlocks && homes + 1 > earned) copiedBlocks[i] = (copiedBlocks[i] ?? 0) + 1
    }
  }
  return { freshBlocks, copiedBlocks }
}

function explain({ prompt: { keys } }: PolicyRequest, candidates: readonly Candidate[], index: number): string {
  const matched = candidates[index]?.matchedBlocks ?? 0
  const best = Math.max(...candidates.map(({ matchedBlocks }) => matchedBlocks))
  if (best === 0) return 'cold prompt, least load'
  if (matched === best) return `prefix-hit ${matched}/${keys.length} blocks`
  return `spread: prefix-hit ${matched}/${keys.length} blocks, a holder of ${best} is busier`
}
