import t from 'tap'
import { fleetLoad } from '../../../../../src/cli/replay/report/fleet-load.ts'
import { hitRatios } from '../../../../../src/cli/replay/report/hit-ratios.ts'
import { ttftCdf } from '../../../../../src/cli/replay/report/ttft-cdf.ts'
import { ttftOverTime } from '../../../../../src/cli/replay/report/ttft-over-time.ts'
import type { FleetSample } from '../../../../../src/cli/replay/result.ts'
import { failedOutcome, outcome, policyRun } from '../../../../support/policy-run.ts'

t.test('the CDF says for a time which part of all requests had their first token by then', (t) => {
  const requests = Array.from({ length: 101 }, (_, index) => outcome({ ttftMs: 1000 + 10 * index }))
  const { lines } = ttftCdf([policyRun('some', requests)])
  const at = lines[0]?.xs.indexOf(1250) ?? -1
  t.equal(lines[0]?.ys[at], 0.25)
  t.equal(lines[0]?.xs[0], 1000)
  t.same([lines[0]?.xs.at(-1), lines[0]?.ys.at(-1)], [2000, 1])
  t.end()
})

t.test('the CDF of a policy that failed requests ends below 100 %, of one that failed all is empty', (t) => {
  const { lines } = ttftCdf([policyRun('half', [outcome(), failedOutcome()]), policyRun('none', [failedOutcome()])])
  t.equal(lines[0]?.ys.at(-1), 0.5)
  t.same(lines[1], { xs: [], ys: [] })
  t.end()
})

t.test('TTFT over time is a percentile of what arrived in each stretch, with gaps where nothing did', (t) => {
  const burst = (atMs: number, ttftMs: number) => Array.from({ length: 40 }, () => outcome({ atMs, ttftMs }))
  const run = policyRun('some', [...burst(0, 50), ...burst(10, 70), ...burst(3999, 90)])
  const { lines, x } = ttftOverTime([run], { fraction: 0.5, endMs: 3999 })
  t.same(
    lines,
    [{ xs: [666.5, 2000, 3333], ys: [60, null, 90] }].map(({ xs, ys }) => ({
      xs: xs.map((ms) => Number(ms.toPrecision(4))),
      ys,
    })),
  )
  t.equal(x.max, 3999)
  t.end()
})

const sample = (atMs: number, ...running: readonly number[]): FleetSample => ({
  atMs,
  replicas: running.map((count) => ({ running: count, waiting: 2 * count, kvUsedFraction: count / 100 })),
})

t.test('the load of a replica is the mean of each stretch of time, and ends with the run', (t) => {
  const samples = [sample(0, 1, 10), sample(1, 3, 20), sample(500, 4, 40)]
  const { columns, mostRequests, policies } = fleetLoad([policyRun('some', [], { samples })], 1000)
  t.equal(columns, 180)
  t.equal(mostRequests, 120)
  const [first, second] = policies[0]?.replicas ?? []
  t.equal(first?.running.length, 91)
  t.same([first?.running[0], first?.running[89], first?.running[90]], [2, 3, 4])
  t.same([second?.waiting[0], second?.waiting[90], second?.kvUsed[90]], [30, 80, 40])
  t.end()
})

t.test('the load of a large fleet is cut into fewer stretches, so that the report stays small', (t) => {
  const samples = [sample(0, ...Array.from({ length: 1024 }, () => 1))]
  const runs = Array.from({ length: 8 }, (_, index) => policyRun(`p${index}`, [], { samples }))
  t.equal(fleetLoad(runs, 1000).columns, 10)
  t.end()
})

t.test('a run without samples has no load', (t) => {
  t.match(fleetLoad([policyRun('some', [])], 1000), {
    policies: [{ replicas: [{ running: [], waiting: [], kvUsed: [] }] }],
  })
  t.end()
})

t.test('hit ratios are of prompt tokens, for the run and for each replica in order', (t) => {
  const run = policyRun('some', [
    outcome({ replica: 2, promptTokens: 100, cachedTokens: 50 }),
    outcome({ replica: 0, promptTokens: 300, cachedTokens: 0 }),
    outcome({ replica: 2, promptTokens: 300, cachedTokens: 250 }),
    failedOutcome(),
  ])
  t.same(hitRatios([run, policyRun('none', [])]).policies, [
    {
      all: 0.428571,
      replicas: [
        { replica: 0, ratio: 0, requests: 1 },
        { replica: 2, ratio: 0.75, requests: 2 },
      ],
    },
    { all: null, replicas: [] },
  ])
  t.end()
})
