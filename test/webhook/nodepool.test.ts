import t from 'tap'
import { shippedCatalogue } from '../../src/eks/catalogue.ts'
import { at, type JsonObject } from '../../src/kubernetes/json.ts'
import { applyPatch } from '../../webhook/edit.ts'
import { devicePluginLabel, reviewNodePool } from '../../webhook/nodepool.ts'

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

const eks = (label: string, operator: string, ...values: readonly string[]): Requirement => ({
  key: `eks.amazonaws.com/instance-${label}`,
  operator,
  values,
})

function pool(requirements: readonly Requirement[], more: JsonObject = {}, group = 'eks.amazonaws.com'): JsonObject {
  const spec = { nodeClassRef: { group, kind: 'NodeClass', name: 'gpu' }, requirements }
  return { apiVersion: 'karpenter.sh/v1', kind: 'NodePool', spec: { template: { ...more, spec } } }
}

const review = (object: JsonObject, operation = 'CREATE') =>
  reviewNodePool(object, { operation, catalogue: shippedCatalogue })

const capable: readonly (readonly [string, readonly Requirement[]])[] = [
  ['no requirement at all', []],
  ['category p', [eks('category', 'In', 'p')]],
  ['one category of several', [eks('category', 'In', 'c', 'm', 'gr')]],
  ['all but categories without GPUs', [eks('category', 'NotIn', 'c', 'm')]],
  ['a GPU family', [eks('family', 'In', 'g6e')]],
  ['a GPU type', [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['p5.48xlarge'] }]],
  ['a family that is newer than the catalogue', [eks('family', 'In', 'p9en')]],
  [
    'a type that is newer than the catalogue',
    [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['p9.48xlarge'] }],
  ],
  ['a number of GPUs', [eks('gpu-count', 'Gt', '0')]],
  ['a GPU name', [eks('gpu-name', 'In', 'h100')]],
  ["Karpenter's own prefix", [{ key: 'karpenter.k8s.aws/instance-category', operator: 'In', values: ['p'] }]],
  ['what says nothing of GPUs', [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }]],
]

for (const [what, requirements] of capable)
  t.test(`a new pool with ${what} gets the label`, async (t) => {
    const object = pool(requirements)
    const { patch, warnings } = review(object)
    t.same(warnings, [])
    const patched = applyPatch(object, patch)
    t.equal(at(patched, 'spec', 'template', 'metadata', 'labels', devicePluginLabel), 'false')
    t.same(review(patched).patch, [])
  })

const incapable: readonly (readonly [string, readonly Requirement[]])[] = [
  ['categories without GPUs', [eks('category', 'In', 'c', 'm', 'r')]],
  ['every GPU category excluded', [eks('category', 'NotIn', 'g', 'gr', 'p')]],
  ['families without GPUs', [eks('family', 'In', 'm7i', 'c7g')]],
  ['types without GPUs', [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['m7i.large'] }]],
  ['GPUs excluded', [eks('gpu-count', 'DoesNotExist')]],
  ['fewer than one GPU', [eks('gpu-count', 'Lt', '1')]],
  ['another maker of GPUs', [eks('gpu-manufacturer', 'In', 'amd')]],
  ['a family outside of its category', [eks('category', 'In', 'p'), eks('family', 'In', 'g6e')]],
  ['an unknown family outside of its category', [eks('category', 'In', 'g'), eks('family', 'In', 'p9')]],
]

for (const [what, requirements] of incapable)
  t.test(`a pool with ${what} is left alone`, async (t) => {
    t.match(review(pool(requirements)), { why: /no NVIDIA GPU/, patch: [], warnings: [] })
  })

t.test('labels that are there stay, and the value of the user wins with a warning', async (t) => {
  const other = pool([], { metadata: { labels: { team: 'ml' } } })
  t.same(at(applyPatch(other, review(other).patch), 'spec', 'template', 'metadata', 'labels'), {
    team: 'ml',
    [devicePluginLabel]: 'false',
  })
  const { patch, warnings } = review(pool([], { metadata: { labels: { [devicePluginLabel]: 'true' } } }))
  t.same(patch, [])
  t.match(warnings, [/is "true"/])
})

t.test('an existing pool is only warned about, as a change would replace its nodes', async (t) => {
  const { patch, warnings } = review(pool([]), 'UPDATE')
  t.same(patch, [])
  t.match(warnings, [/replaces its nodes/])
  for (const warning of warnings) t.ok(warning.length <= 120)
  t.same(review(pool([]), 'DELETE').warnings, [])
})

t.test('pools of other node classes, and what is no pool, are left alone', async (t) => {
  t.match(review(pool([], {}, 'karpenter.k8s.aws')), { why: /not of EKS Auto Mode/, patch: [] })
  t.same(review({ kind: 'NodePool' }).patch, [])
})
