import t from 'tap'
import { featureSupport, featureSupportRows } from '../../../src/eks/feature-support.ts'

for (const [kind, feature, support] of [
  ['auto-mode', 'dra', ['no']],
  ['karpenter', 'dra', ['partly']],
  ['node-groups', 'dra', ['yes']],
  ['mixed', 'dra', ['no', 'partly']],
  ['auto-mode', 'mig', ['no']],
  ['karpenter', 'mig', ['yes']],
  ['mixed', 'efa', ['yes', 'yes']],
  ['auto-mode', 'scheduler-name', ['no']],
  ['karpenter', 'scheduler-name', []],
] as const) {
  t.test(`featureSupport() answers ${support.join(', ') || 'nothing'} to ${feature} on ${kind}`, async (t) => {
    t.strictSame(
      featureSupport(kind, feature).map((row) => row.support),
      support,
    )
  })
}

t.test('every row has a note, a source and a day, and no platform and feature stand there twice', async (t) => {
  t.ok(
    featureSupportRows.every(({ note, source, date }) => note !== '' && source !== '' && /^2026-\d\d-\d\d$/.test(date)),
  )
  t.equal(new Set(featureSupportRows.map((row) => `${row.platform} ${row.feature}`)).size, featureSupportRows.length)
})
