import t from 'tap'
import { comparisonRows, failureRows, type Figures, figuresLine, mediansByFront, predictionRows } from './figures.ts'

const figures = (front: string, ttftP50Ms: number | undefined): Figures => ({
  front,
  ttftP50Ms,
  ttftP90Ms: 900,
  outputTokensPerSecond: 50,
  prefixHitRatio: 0.5,
  failed: 0,
})
const measured = [
  ...[100, 500, 120].map((ms) => figures('warmpath', ms)),
  ...[80, 70, 60].map((ms) => figures('round-robin', ms)),
]

t.test('ours stands against each peer with medians over rounds, where it loses too', async (t) => {
  const rows = comparisonRows(measured)
  t.same(rows[0], {
    name: 'real TTFT p50',
    unit: 'ms',
    peer: 'round-robin',
    value: 120,
    peerValue: 70,
    ratio: 120 / 70,
  })
  t.same(
    rows.map(({ name }) => name),
    ['real TTFT p50', 'real TTFT p90', 'real output', 'real prefix hit'],
  )
})

t.test('a prediction stands against what was measured behind the same front', async (t) => {
  const [row] = predictionRows([figures('round-robin', 77)], measured)
  t.match(row, { name: 'predicted TTFT p50 round-robin', peer: 'measured', value: 77, peerValue: 70 })
})

t.test('a round with no figure is not hidden by the others', async (t) => {
  const [row] = comparisonRows([...measured, figures('round-robin', undefined)])
  t.ok(Number.isNaN(row?.peerValue))
})

t.test('failures are added up over rounds', async (t) => {
  t.match(failureRows([...measured, { ...figures('warmpath', 1), failed: 3 }]), [
    { name: 'real failed requests warmpath', value: 3 },
    { name: 'real failed requests round-robin', value: 0 },
  ])
})

t.test('a line shows a run, unknown as a dash', async (t) => {
  t.equal(
    figuresLine(figures('warmpath', undefined)),
    'warmpath       TTFT p50 – ms, p90 900 ms, 50 tok/s, hit 50.0 %, 0 failed',
  )
})

t.test('several runs of a front come down to their medians', async (t) => {
  t.match(mediansByFront(measured), [
    { front: 'warmpath', ttftP50Ms: 120, prefixHitRatio: 0.5 },
    { front: 'round-robin', ttftP50Ms: 70, failed: 0 },
  ])
})
