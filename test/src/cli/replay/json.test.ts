import t from 'tap'
import { summaryJson } from '../../../../src/cli/replay/json.ts'
import { summarize } from '../../../../src/cli/replay/summary.ts'
import { failedOutcome, outcome, policyRun } from '../../../support/policy-run.ts'

const parameters = { trace: 'some.jsonl', engine: 'some-engine', replicas: 2, speed: 1.5, seed: 7 }
const parsed = (text: string): unknown => JSON.parse(text)

t.test('summaryJson() has the keys of the contract and no others', (t) => {
  const run = policyRun('warmpath', [outcome({ cachedTokens: 25 }), outcome({ atMs: 750, cachedTokens: 25 })])
  t.strictSame(parsed(summaryJson(parameters, [summarize(run, 2)])), {
    ...parameters,
    policies: [
      {
        name: 'warmpath',
        requests: 2,
        completed: 2,
        failed: 0,
        ttftMs: { mean: 50, p50: 50, p90: 50, p99: 50 },
        tpotMs: { mean: 20, p50: 20, p90: 20, p99: 20 },
        e2eMs: { mean: 250, p50: 250, p90: 250, p99: 250 },
        outputTokensPerSecond: 22,
        requestsPerSecond: 2,
        prefixHitRatio: 0.25,
        replicaSeconds: 2,
      },
    ],
  })
  t.end()
})

t.test('summaryJson() keeps every key where a value is unknown, as null', (t) => {
  const text = summaryJson(parameters, [summarize(policyRun('warmpath', [failedOutcome()]), 2)])
  const unknown = { mean: null, p50: null, p90: null, p99: null }
  t.match(parsed(text), {
    policies: [
      { requests: 1, completed: 0, failed: 1, ttftMs: unknown, tpotMs: unknown, e2eMs: unknown, prefixHitRatio: null },
    ],
  })
  t.end()
})
