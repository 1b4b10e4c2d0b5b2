import t from 'tap'
import {
  instanceLabelKeys,
  instanceTypeLabel,
  labelPrefixes,
  platformKinds,
  platformOfLabel,
  platformsIn,
  quotas,
} from '../../../src/eks/platforms.ts'

for (const [kind, keys] of [
  ['auto-mode', ['eks.amazonaws.com/instance-category']],
  ['karpenter', ['karpenter.k8s.aws/instance-category']],
  ['node-groups', []],
  ['mixed', ['eks.amazonaws.com/instance-category', 'karpenter.k8s.aws/instance-category']],
] as const) {
  t.test(
    `instanceLabelKeys() names the category ${keys.length === 0 ? 'not at all' : keys.join(' and ')} on ${kind}`,
    async (t) => {
      t.strictSame(instanceLabelKeys(kind, 'category'), keys)
    },
  )
}

for (const [key, platform] of [
  ['eks.amazonaws.com/instance-gpu-name', 'auto-mode'],
  ['karpenter.k8s.aws/instance-family', 'karpenter'],
  ['karpenter.sh/capacity-type', undefined],
  ['eks.amazonaws.com/nodegroup', undefined],
  [instanceTypeLabel, undefined],
] as const) {
  t.test(`platformOfLabel() takes ${key} for a label of ${platform ?? 'no single platform'}`, async (t) => {
    t.equal(platformOfLabel(key), platform)
  })
}

t.test('platformsIn() takes only a mixed cluster apart', async (t) => {
  t.strictSame(
    platformKinds.map((kind) => platformsIn(kind)),
    [['auto-mode'], ['karpenter'], ['node-groups'], ['auto-mode', 'karpenter']],
  )
})

t.test('every quota and label prefix names its source and day, and no category counts twice', async (t) => {
  t.ok([...quotas, ...labelPrefixes].every(({ source, date }) => source.length > 10 && /^2026-\d\d-\d\d$/.test(date)))
  const categories = quotas.flatMap((quota) => quota.categories)
  t.equal(new Set(categories).size, categories.length)
})
