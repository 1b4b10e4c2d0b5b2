import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { at, type JsonObject, listAt } from '../../../src/kubernetes/json.ts'
import { planDrain } from '../../../webhook/drain-plan.ts'
import { asking, stepOf, vllmPod } from '../../support/vllm-pod.ts'

const onDemand = { nodeSelector: { 'karpenter.sh/capacity-type': 'on-demand' } }

const notSpot = { key: 'karpenter.sh/capacity-type', operator: 'NotIn', values: ['spot'] }
const terms = (...expressions: readonly (object | string)[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: expressions.map((one) => ({
          matchExpressions: [typeof one === 'string' ? { key: one, operator: 'Exists' } : one],
        })),
      },
    },
  },
})

function run(option: string, spec: JsonObject = {}, container: JsonObject = {}) {
  const { step, object } = stepOf(
    'graceful-drain',
    vllmPod({ metadata: asking('graceful-drain', option), spec, container }),
  )
  const [first] = listAt(object, 'spec', 'containers')
  return {
    result: step?.result,
    warnings: step?.warnings ?? [],
    args: listAt(first, 'args').join(' '),
    preStop: at(first, 'lifecycle', 'preStop'),
    grace: at(object, 'spec', 'terminationGracePeriodSeconds'),
  }
}

const ours = { sleep: { seconds: 15 } }
const rows: readonly (readonly [string, Parameters<typeof run>, object])[] = [
  ['nothing is there', ['enabled'], { args: 'm --shutdown-timeout 45', preStop: ours, grace: 75, warnings: [] }],
  [
    'the grace is the default',
    ['60s', { terminationGracePeriodSeconds: 30 }],
    { args: /60$/, grace: 90, warnings: [] },
  ],
  ['spot is allowed', ['300s'], { args: /90$/, grace: 120, warnings: [/300 s cut to 90: a spot node/] }],
  [
    'spot is allowed, with no term',
    ['300s', { nodeSelector: { 'node.kubernetes.io/instance-type': 'p5.48xlarge' } }],
    { grace: 120 },
  ],
  ['one term of two rules spot out', ['300s', terms(notSpot, 'gpu')], { grace: 120 }],
  ['every term rules spot out', ['300s', terms(notSpot, notSpot)], { grace: 330 }],
  ['spot is ruled out', ['300s', onDemand], { args: /300$/, grace: 330, warnings: [] }],
  [
    'spot is ruled out by the key of node groups',
    ['300s', { nodeSelector: { 'eks.amazonaws.com/capacityType': 'ON_DEMAND' } }],
    { grace: 330 },
  ],
  [
    'the grace is short',
    ['enabled', { terminationGracePeriodSeconds: 60 }],
    { args: /30$/, grace: 60, warnings: [/45 s cut to 30/] },
  ],
  ['the grace is long', ['200s', { terminationGracePeriodSeconds: 600 }], { args: /200$/, grace: 600, warnings: [] }],
  [
    'the grace is too short',
    ['enabled', { terminationGracePeriodSeconds: 20 }],
    { result: 'left', args: 'm', preStop: undefined, grace: 20 },
  ],
  [
    'there is a sleep of its own',
    ['enabled', {}, { lifecycle: { preStop: { sleep: { seconds: 5 } }, postStart: { exec: { command: ['x'] } } } }],
    { args: /45$/, preStop: { sleep: { seconds: 5 } }, grace: 65 },
  ],
  [
    'there is a hook of unknown length',
    ['enabled', {}, { lifecycle: { preStop: { exec: { command: ['x'] } } } }],
    { args: /45$/, preStop: { exec: { command: ['x'] } }, grace: 75 },
  ],
  [
    'there is a drain of its own that fits',
    ['enabled', {}, { args: ['m', '--shutdown-timeout=60'] }],
    { result: 'edited', args: 'm --shutdown-timeout=60', preStop: ours, grace: 90, warnings: [] },
  ],
  [
    'there is a shorter drain',
    ['enabled', {}, { args: ['m', '--shutdown-timeout=5'] }],
    { grace: 35, warnings: [/its own --shutdown-timeout 5 stays, not 45/] },
  ],
  [
    'there is a drain longer than spot allows',
    ['enabled', {}, { args: ['m', '--shutdown-timeout=100'] }],
    { grace: 130, warnings: [/needs 130 s to end; a spot node, which it allows, has 120/] },
  ],
  [
    'its own drain does not fit its own grace',
    ['enabled', { terminationGracePeriodSeconds: 60 }, { args: ['m', '--shutdown-timeout=60'] }],
    { grace: 60, warnings: [/its own terminationGracePeriodSeconds 60 is less than the 90/] },
  ],
  [
    'its own drain cannot be read',
    ['enabled', {}, { args: ['m', '--shutdown-timeout=$(DRAIN)'] }],
    { result: 'left', preStop: undefined },
  ],
  [
    'the command is a shell script',
    ['enabled', {}, { command: ['sh', '-c', 'vllm serve m'], args: null }],
    { result: 'left', preStop: undefined, warnings: [/shell script/] },
  ],
  [
    'vLLM is too old',
    ['enabled', {}, { image: 'vllm/vllm-openai:v0.9.1' }],
    { result: 'left', warnings: [/0.18, the image has 0.9.1/] },
  ],
  ['the version is not known', ['enabled', {}, { image: 'mirror.example/vllm-openai:nightly' }], { result: 'edited' }],
]

for (const [name, given, expected] of rows) {
  t.test(`where ${name}`, async (t) => {
    t.match(run(...given), expected)
  })
}

t.test('hook, drain and margin are within the grace, whatever the user set', async () => {
  const seconds = fc.integer({ min: 0, max: 4000 })
  fc.assert(
    fc.property(
      fc.record({
        drain: fc.integer({ min: 1, max: 3600 }),
        ownPreStop: fc.option(fc.oneof(seconds, fc.constant('unknown' as const)), { nil: undefined }),
        ownDrain: fc.constant(undefined),
        ownGrace: fc.option(seconds, { nil: undefined }),
        allowsSpot: fc.boolean(),
      }),
      (wish) => {
        const plan = planDrain(wish)
        assert.ok(plan.drain <= wish.drain)
        assert.ok(plan.grace <= (wish.ownGrace ?? (wish.allowsSpot ? 120 : Infinity)))
        assert.equal(plan.grace, plan.preStop + plan.drain + 15)
        if (plan.drain < 1) return
        const again = planDrain({
          ...wish,
          ownPreStop: wish.ownPreStop ?? plan.preStop,
          ownGrace: wish.ownGrace ?? plan.grace,
        })
        assert.equal(again.drain, plan.drain)
      },
    ),
  )
})
