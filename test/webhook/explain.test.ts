import t from 'tap'
import { stringify } from 'yaml'
import { applyPatch } from '../../webhook/edit.ts'
import { explain } from '../../webhook/explain.ts'
import { explanationText } from '../../webhook/explain-text.ts'
import type { JsonObject } from '../../src/kubernetes/json.ts'
import { vllmPod, defaultSettings } from '../support/webhook-harness.ts'

const container = {
  name: 'vllm',
  image: 'vllm/vllm-openai:v0.11.0',
  command: ['vllm', 'serve', 'Qwen/Qwen3-32B'],
  resources: { limits: { 'nvidia.com/gpu': '1' } },
}
const spec = { containers: [container] }
const template = { metadata: { labels: { app: 'llama' } }, spec }
const object = (kind: string, of: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'llama' },
  spec: of,
})

const shapes: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  ['Pod', object('Pod', spec), ['']],
  ['Deployment', object('Deployment', { template }), ['spec.template']],
  ['CronJob', object('CronJob', { jobTemplate: { spec: { template } } }), ['spec.jobTemplate.spec.template']],
  [
    'LeaderWorkerSet',
    object('LeaderWorkerSet', { leaderWorkerTemplate: { leaderTemplate: template, workerTemplate: template } }),
    ['spec.leaderWorkerTemplate.leaderTemplate', 'spec.leaderWorkerTemplate.workerTemplate'],
  ],
  [
    'RayService',
    object('RayService', { rayClusterConfig: { workerGroupSpecs: [{ template }] } }),
    ['spec.rayClusterConfig.workerGroupSpecs.0.template'],
  ],
  ['LLMInferenceService', object('LLMInferenceService', { template: spec }), ['spec.template']],
]

const run = (...objects: readonly JsonObject[]) =>
  explain('test.yaml', objects.map((one) => stringify(one)).join('---\n'), defaultSettings)

for (const [kind, one, paths] of shapes)
  t.test(`the pods of a ${kind} are explained`, async (t) => {
    const explanations = run(one)
    t.same(
      explanations.map(({ path }) => path),
      paths,
    )
    for (const explanation of explanations)
      t.match(explanation, { kind, name: 'llama', verdict: 'changed', evidence: /vllm serve/, mutations: /./ })
  })

t.test('pods of a DaemonSet, and other pods, are left alone for a reason', async (t) => {
  const web = object('Pod', { containers: [{ name: 'web', image: 'nginx' }] })
  t.match(run(object('DaemonSet', { template }), web), [
    { verdict: 'unchanged', evidence: /DaemonSet/, patch: [] },
    { document: 2, verdict: 'unchanged', evidence: /no container asks/, patch: [] },
  ])
})

t.test('the items of a List are objects of their own; documents without pods are passed over', async (t) => {
  const list = { kind: 'List', items: [vllmPod, object('Service', {})] }
  t.match(run({ kind: 'ConfigMap', data: {} }, list), [{ document: 2, kind: 'Pod', name: 'llama-0' }])
})

t.test('a NodePool is explained as if it were made now', async (t) => {
  const pool = object('NodePool', { template: { spec: { nodeClassRef: { group: 'eks.amazonaws.com' } } } })
  const [explanation] = run(pool)
  t.match(explanation, { kind: 'NodePool', verdict: 'changed', mutations: ['device-plugin-label'] })
  t.ok(applyPatch(pool, explanation?.patch ?? []))
})

t.test('what a rule refuses has the verdict and the rule', async (t) => {
  const command = ['vllm', 'serve', 'm', '--tensor-parallel-size', '8']
  const [explanation] = run(object('Pod', { containers: [{ ...container, command }] }))
  t.match(explanation, { verdict: 'refused', findings: [{ rule: 'parallel-size', severity: 'refuse' }] })
  t.match(explanation?.warnings.join('\n'), /^parallel-size: /m)
})

t.test('broken YAML is a problem with its line', async (t) => {
  const read = (text: string) => () => explain('m.yaml', text, defaultSettings)
  t.throws(read('a: 1\nb: [\n'), { code: 'CONFIG_INVALID', message: /^m\.yaml:\d+: got broken YAML/ })
  t.throws(read('a: *nothing\n'), { code: 'CONFIG_INVALID' })
  t.same(read('')(), [])
})

t.test('the text fits 80 columns and names patch, warnings and rules', async (t) => {
  const text = explanationText(run(vllmPod, object('Deployment', { template })), 80)
  for (const line of text.split('\n')) t.ok(line.length <= 80, line)
  t.match(text, /^Pod llama-0 \(document 1\)$/m)
  t.match(text, /^Deployment llama spec\.template \(document 2\)$/m)
  t.match(text, /^ {2}known by {3}vllm serve$/m)
  t.match(text, /^ {4}\+ spec\.tolerations:$/m)
  t.match(text, /^ {6}\.nodeSelectorTerms:$/m)
  t.equal(explanationText([], 80), 'No pod, pod template or NodePool in it.\n')
})
