import type { Distribution } from './distribution.ts'
import type { ReplayParameters } from './parameters.ts'
import type { PolicySummary } from './summary.ts'

/**
 * The JSON summary of `--json`. Times in ms. What is unknown (nothing completed) is null, never 0. Holds no wall time:
 * equal seeds give equal bytes.
 */
export function summaryJson(parameters: ReplayParameters, summaries: readonly PolicySummary[]): string {
  const { trace, engine, replicas, speed, seed } = parameters
  const report = { trace, engine, replicas, speed, seed, policies: summaries.map(toJson) }
  return `${JSON.stringify(report, undefined, 2)}\n`
}

function toJson(summary: PolicySummary) {
  return {
    name: summary.name,
    requests: summary.requests,
    completed: summary.completed,
    failed: summary.failed,
    ttftMs: summary.ttftMs ?? unknownDistribution,
    tpotMs: summary.tpotMs ?? unknownDistribution,
    e2eMs: summary.e2eMs ?? unknownDistribution,
    outputTokensPerSecond: summary.outputTokensPerSecond ?? null,
    requestsPerSecond: summary.requestsPerSecond ?? null,
    prefixHitRatio: summary.prefixHitRatio ?? null,
    replicaSeconds: summary.replicaSeconds ?? null,
  }
}

const unknownDistribution: Readonly<Record<keyof Distribution, null>> = { mean: null, p50: null, p90: null, p99: null }
