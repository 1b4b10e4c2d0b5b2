import t from 'tap'
import { at, type JsonObject, listAt } from '../../../src/kubernetes/json.ts'
import type { WebhookSettings } from '../../../webhook/settings.ts'
import { stepOf, vllmPod } from '../../support/vllm-pod.ts'

const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const withTerms = (...nodeSelectorTerms: readonly unknown[]): JsonObject => ({
  affinity: { nodeAffinity: { [required]: { nodeSelectorTerms } } },
})
const has = (...matchExpressions: readonly unknown[]) => ({ matchExpressions })
const isIn = (key: string, ...values: readonly string[]) => ({ key, operator: 'In', values })
const auto = 'eks.amazonaws.com/instance'
const karpenter = 'karpenter.k8s.aws/instance'
const zone = (name: string) => isIn('topology.kubernetes.io/zone', name)

function run(spec: JsonObject, settings: Partial<WebhookSettings> = {}, container: JsonObject = {}) {
  const { step, object } = stepOf('node-category', vllmPod({ spec, container }), settings)
  const terms = listAt(at(object, 'spec', 'affinity', 'nodeAffinity', required), 'nodeSelectorTerms')
  return { result: step?.result, warnings: step?.warnings ?? [], terms }
}

const agrees: readonly (readonly [string, JsonObject])[] = [
  ['the category', { nodeSelector: { [`${auto}-category`]: 'p' } }],
  ['the category of the other platform', { nodeSelector: { [`${karpenter}-category`]: 'p' } }],
  ['a family', withTerms(has(isIn(`${auto}-family`, 'p5', 'p5en')))],
  ['a type', withTerms(has(isIn('node.kubernetes.io/instance-type', 'p4d.24xlarge')))],
  ['a type by its old key', { nodeSelector: { 'beta.kubernetes.io/instance-type': 'p5.48xlarge' } }],
  ['a GPU', { nodeSelector: { [`${karpenter}-gpu-name`]: 'h100' } }],
  ['a GPU that nothing is known of', { nodeSelector: { [`${auto}-gpu-name`]: 'x900' } }],
  ['a product of GPU feature discovery', { nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' } }],
  ['both G and P', { nodeSelector: {}, ...withTerms(has(isIn(`${auto}-category`, 'g', 'p'))) }],
  ['P in one of its terms', withTerms(has(isIn(`${auto}-category`, 'g')), has(isIn(`${auto}-category`, 'p')))],
]
for (const [name, spec] of agrees) {
  t.test(`a pod that names ${name} has what it needs`, async (t) => {
    t.match(run(spec), { result: 'unneeded', warnings: [] })
  })
}

const contradicts: readonly (readonly [string, JsonObject])[] = [
  ['category', { nodeSelector: { [`${auto}-category`]: 'g' } }],
  ['family', withTerms(has(isIn(`${karpenter}-family`, 'g6e')))],
  ['type', { nodeSelector: { 'node.kubernetes.io/instance-type': 'g6.xlarge' } }],
  ['gpu-name', withTerms(has(zone('a'), isIn(`${auto}-gpu-name`, 'l40s')))],
  ['product', { nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-L40S' } }],
  ['category', withTerms(has({ key: `${auto}-category`, operator: 'NotIn', values: ['p'] }))],
  ['category', withTerms(has({ key: `${auto}-category`, operator: 'DoesNotExist' }))],
]
for (const [name, spec] of contradicts) {
  t.test(`a ${name} outside the category stays, with a warning: ${JSON.stringify(spec)}`, async (t) => {
    const { result, warnings } = run(spec)
    t.equal(result, 'left')
    t.match(warnings, [new RegExp(`^node-category: its .*${name}.* allows no type of category p$`)])
  })
}

const obstacles: readonly (readonly [RegExp, JsonObject])[] = [
  [/bound to the node "n1"/, { nodeName: 'n1' }],
  [/the scheduler "volcano" decides/, { schedulerName: 'volcano' }],
  [/"karpenter.sh\/nodepool=gpu"/, { nodeSelector: { 'karpenter.sh/nodepool': 'gpu' } }],
  [/"eks.amazonaws.com\/nodegroup=a,b"/, withTerms(has(isIn('eks.amazonaws.com/nodegroup', 'a', 'b')))],
  [/matchFields/, withTerms({ matchFields: [isIn('metadata.name', 'n1')] })],
  [/matches no node/, withTerms({})],
]
for (const [why, spec] of obstacles) {
  t.test(`nothing is added where others decide: ${JSON.stringify(spec)}`, async (t) => {
    const { result, warnings } = run(spec)
    t.equal(result, 'left')
    t.match(warnings, [why])
  })
}

t.test('leaving out a family does not choose the category', async (t) => {
  const notIn = { key: `${auto}-family`, operator: 'NotIn', values: ['p4d'] }
  t.same(run(withTerms(has(notIn))).terms, [has(notIn, isIn(`${auto}-category`, 'p'))])
})

t.test('a preferred affinity is no constraint', async (t) => {
  const preferred = [{ weight: 1, preference: has(isIn(`${auto}-category`, 'g')) }]
  const spec = { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } }
  t.same(run(spec).terms, [has(isIn(`${auto}-category`, 'p'))])
})

t.test('every platform has its key', async (t) => {
  t.same(run({}).terms, [has(isIn(`${auto}-category`, 'p'))])
  t.same(run({}, { platform: 'karpenter', category: 'g' }).terms, [has(isIn(`${karpenter}-category`, 'g'))])
  t.same(run({}, { platform: 'mixed' }).terms, [
    has(isIn(`${auto}-category`, 'p')),
    has(isIn(`${karpenter}-category`, 'p')),
  ])
})

t.test('families are tried in their order, each in every term', async (t) => {
  const families = ['p5en', 'g6e']
  t.same(run({}, { families }).terms, [has(isIn(`${auto}-family`, 'p5en')), has(isIn(`${auto}-family`, 'g6e'))])
  t.same(run(withTerms(has(zone('a')), {}, has(zone('b'))), { families }).terms, [
    has(zone('a'), isIn(`${auto}-family`, 'p5en')),
    {},
    has(zone('b'), isIn(`${auto}-family`, 'p5en')),
    has(zone('a'), isIn(`${auto}-family`, 'g6e')),
    has(zone('b'), isIn(`${auto}-family`, 'g6e')),
  ])
  t.match(run({ nodeSelector: { [`${auto}-category`]: 'g' } }, { families }), { result: 'unneeded' })
})

t.test('past 32 terms the families stand in one, without their order', async (t) => {
  const zones = (count: number) => Array.from({ length: count }, (_, index) => has(zone(`z${index}`)))
  const families = ['p5en', 'p5']
  t.match(run(withTerms(...zones(16)), { families }), { terms: { length: 32 }, warnings: [] })
  const many = run(withTerms(...zones(17)), { families })
  t.equal(many.terms.length, 17)
  t.same(many.terms[16], has(zone('z16'), isIn(`${auto}-family`, 'p5en', 'p5')))
  t.match(many.warnings, [/order of the families is lost/])
  t.match(run(withTerms(...zones(40))), { result: 'edited', terms: { length: 40 } })
  t.match(run(withTerms(...zones(17)), { platform: 'mixed' }), { result: 'left', warnings: [/17 .* more than 32/] })
})

t.test('node groups: the types that have the GPUs and EFA interfaces, cheapest first', async (t) => {
  const limits = (gpus: string, more = {}) => ({ resources: { limits: { 'nvidia.com/gpu': gpus, ...more } } })
  const typesFor = (settings: Partial<WebhookSettings>, container: JsonObject, spec: JsonObject = {}) =>
    run(spec, { platform: 'node-groups', ...settings }, container)
  const type = 'node.kubernetes.io/instance-type'
  t.same(typesFor({ families: ['g6e'] }, limits('8')).terms, [has(isIn(type, 'g6e.48xlarge'))])
  t.same(typesFor({}, limits('8', { 'vpc.amazonaws.com/efa': '32' })).terms, [
    has(isIn(type, 'p5.48xlarge', 'p5e.48xlarge')),
  ])
  t.match(typesFor({}, limits('16')), { result: 'left', warnings: [/no p type for node groups/] })
  t.same(typesFor({}, limits('4'), { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }).terms, [
    has(isIn(type, 'p6e-gb200.36xlarge')),
  ])
  const mig = typesFor({}, { resources: { limits: { 'nvidia.com/mig-1g.10gb': 1 } } }).terms
  t.notMatch(JSON.stringify(mig), /p3dn/)
})

t.test('with a claim and plain GPUs it is the plain ones that count', async (t) => {
  const container = { resources: { claims: [{ name: 'nic' }], limits: { 'nvidia.com/gpu': '8' } } }
  t.match(run({ resourceClaims: [{ name: 'nic' }] }, {}, container), { result: 'edited' })
})
