import t from 'tap'
import { shippedCatalogue } from '../../src/eks/catalogue.ts'
import { canHold, nodeChoice } from '../../webhook/node-choice.ts'
import { readPod } from '../../webhook/pod-view.ts'
import { onAuto } from '../support/rule-examples/example.ts'
import { type PodFacts, vllmPodOf } from '../support/vllm-pods.ts'

function choiceOf(facts: PodFacts) {
  const pod = readPod(vllmPodOf(facts))
  return pod === undefined ? undefined : nodeChoice(pod, shippedCatalogue)
}
const namesOf = (facts: PodFacts) => choiceOf(facts)?.types.map(({ type }) => type)
const by = (...expressions: readonly object[]): PodFacts => ({ terms: [expressions.map((one) => ({ ...one }))] })

const chosen: readonly (readonly [string, PodFacts, readonly string[]])[] = [
  ['a type', { selector: { 'node.kubernetes.io/instance-type': 'p5.4xlarge' } }, ['p5.4xlarge']],
  ['a family under the other prefix', { selector: { 'karpenter.k8s.aws/instance-family': 'p4d' } }, ['p4d.24xlarge']],
  ['a GPU by its name', by(onAuto('gpu-name', 'In', 'h200')), ['p5e.48xlarge', 'p5en.48xlarge']],
  [
    'category, GPUs and memory',
    by(onAuto('category', 'In', 'p'), onAuto('memory', 'Gt', '3000000')),
    ['p6-b300.48xlarge'],
  ],
  [
    'generation and size',
    by(onAuto('generation', 'In', '5'), onAuto('size', 'In', '48xlarge'), onAuto('category', 'In', 'g')),
    ['g5.48xlarge'],
  ],
  ['few GPUs', by(onAuto('category', 'In', 'p'), onAuto('gpu-count', 'Lt', '4')), ['p5.4xlarge']],
  ['little memory on a GPU', by(onAuto('category', 'In', 'p'), onAuto('gpu-memory', 'Lt', '40000')), ['p3dn.24xlarge']],
  [
    'CPUs and no other GPUs',
    by(onAuto('category', 'In', 'p'), onAuto('cpu', 'Lt', '90'), onAuto('gpu-manufacturer', 'NotIn', 'nvidia')),
    [],
  ],
  [
    'the other architecture',
    by({ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }, onAuto('category', 'In', 'p')),
    ['p6e-gb200.36xlarge'],
  ],
  [
    'either term',
    { terms: [[onAuto('family', 'In', 'p4d')], [onAuto('family', 'In', 'p4de')]] },
    ['p4d.24xlarge', 'p4de.24xlarge'],
  ],
]
t.test('nodeChoice() leaves the types that the labels allow', async (t) => {
  for (const [name, facts, names] of chosen) t.same(namesOf(facts), names, name)
})

t.test('labels that say nothing of instances, or that no source knows, leave every type', async (t) => {
  t.equal(namesOf({ selector: { 'karpenter.sh/nodepool': 'gpu' } })?.length, shippedCatalogue.types.length)
  t.equal(namesOf(by(onAuto('local-nvme', 'Gt', '1')))?.length, shippedCatalogue.types.length)
})

t.test('the choice is open where the pod names what the catalogue does not have', async (t) => {
  t.equal(choiceOf({ selector: { 'eks.amazonaws.com/instance-family': 'p9' } })?.open, true)
  t.equal(choiceOf(by(onAuto('gpu-name', 'In', 'h100', 'r200')))?.open, true)
  t.equal(choiceOf({ spec: { nodeName: 'node-1' } })?.open, true)
  t.equal(choiceOf(by(onAuto('gpu-count', 'In', '7')))?.open, false)
  t.equal(choiceOf(by(onAuto('family', 'NotIn', 'p9')))?.open, false)
})

t.test('canHold() goes by the whole machine, and unknown EFA may be enough', async (t) => {
  const [gb200] = choiceOf({ selector: { 'eks.amazonaws.com/instance-family': 'p6e-gb200' } })?.types ?? []
  if (gb200 === undefined) throw new Error('The catalogue has no p6e-gb200')
  t.equal(canHold(gb200, { gpus: 4, efas: 17, cpuMilli: 144_000, memoryMiB: 960 * 1024 - 1 }), true)
  t.equal(canHold(gb200, { gpus: 5 }), false)
  t.equal(canHold(gb200, { gpus: 4, cpuMilli: 144_001 }), false)
  t.equal(canHold(gb200, { gpus: 4, memoryMiB: 960 * 1024 }), false)
})
