import t from 'tap'
import { summarize } from '../../../../src/cli/replay/summary.ts'
import { failedOutcome, outcome, policyRun } from '../../../support/policy-run.ts'

t.test('summarize() counts, and takes rates over the time from first arrival to last token', (t) => {
  const requests = [
    outcome({ atMs: 1000, e2eMs: 3000, outputTokens: 40 }),
    outcome({ atMs: 2000, e2eMs: 500, outputTokens: 60 }),
    failedOutcome(2500),
  ]
  const summary = summarize(policyRun('some', requests), 4)
  t.match(summary, { name: 'some', requests: 3, completed: 2, failed: 1 })
  t.equal(summary.outputTokensPerSecond, 100 / 3)
  t.equal(summary.requestsPerSecond, 2 / 3)
  t.equal(summary.replicaSeconds, 12)
  t.end()
})

t.test('summarize() takes TPOT of requests with two tokens or more', (t) => {
  const requests = [
    outcome({ ttftMs: 100, e2eMs: 300, outputTokens: 11 }),
    outcome({ ttftMs: 100, e2eMs: 100, outputTokens: 1 }),
    outcome({ ttftMs: 100, e2eMs: 140, outputTokens: 2 }),
  ]
  t.match(summarize(policyRun('some', requests), 1).tpotMs, { mean: 30, p50: 30 })
  const single = [outcome({ ttftMs: 9, e2eMs: 9, outputTokens: 1 })]
  t.equal(summarize(policyRun('some', single), 1).tpotMs, undefined)
  t.end()
})

t.test('summarize() weighs the hit ratio by tokens and leaves failed requests out', (t) => {
  const requests = [outcome({ promptTokens: 900, cachedTokens: 450 }), outcome({ promptTokens: 100 }), failedOutcome()]
  t.equal(summarize(policyRun('some', requests), 1).prefixHitRatio, 0.45)
  t.end()
})

t.test('summarize() leaves unknown what nothing completed says anything of', (t) => {
  for (const requests of [[], [failedOutcome()]]) {
    const { name, requests: count, completed, failed, ...measures } = summarize(policyRun('some', requests), 8)
    t.same([name, count, completed, failed], ['some', requests.length, 0, requests.length])
    t.same(new Set(Object.values(measures)), new Set([undefined]))
  }
  t.end()
})
