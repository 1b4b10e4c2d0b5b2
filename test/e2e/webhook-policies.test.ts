import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { at, isObject, type JsonObject, listAt, textAt } from '../../src/kubernetes/json.ts'
import { mutatePod } from '../../webhook/mutate.ts'
import { devicePluginLabel } from '../../webhook/mutations/device-plugin-label.ts'
import { gpuToleration } from '../../webhook/mutations/gpu-toleration.ts'
import { nodeCategory } from '../../webhook/mutations/node-category.ts'
import { repositoryPath } from '../support/repository.ts'
import { webhookSettings } from '../support/webhook-settings.ts'
import { startControlPlane } from './cluster/control-plane.ts'
import { pause } from './process.ts'
import { namespaceOf, podOf, vllmPod } from './webhook/samples.ts'

// The policies give the pods that the webhook gives, for every pod of test/fixtures/admission and some more.

const cluster = await startControlPlane(t)
await cluster.apply(
  namespaceOf('models', { 'warmpath.dev/inject': 'enabled' }),
  namespaceOf('strict', { 'warmpath.dev/inject': 'enabled', 'warmpath.dev/enforce': 'true' }),
  namespaceOf('plain'),
  ...['models', 'plain'].map((namespace) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'models-reader', namespace },
  })),
  { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'nvidia' }, handler: 'nvidia' },
)
await cluster.kubectl(['apply', '--kustomize', repositoryPath('manifests/overlays/policy')])

const dryRun = '--dry-run=server'
const termsPath = ['spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'] as const

async function stored(pod: unknown, namespace: string): Promise<JsonObject> {
  const metadata = at(pod, 'metadata')
  const placed = { ...(isObject(pod) ? pod : {}), metadata: { ...(isObject(metadata) ? metadata : {}), namespace } }
  const { object } = await cluster.create(placed, dryRun)
  return isObject(object) ? object : {}
}

// The API server compiles a policy some time after it is stored.
const deadline = performance.now() + 60_000
while (at(await stored(vllmPod('probe'), 'models'), ...termsPath) === undefined) {
  if (performance.now() > deadline) throw new Error('the policies had no effect within 60 s')
  await pause(200)
}

const core = [gpuToleration, nodeCategory, devicePluginLabel]

/** What the core is about, in an order of its own: policies and webhook append in theirs. */
const viewOf = (pod: unknown) => ({
  tolerations: listAt(pod, 'spec', 'tolerations')
    .map((one) => ['key', 'operator', 'value', 'effect'].map((name) => textAt(one, name)).join(' '))
    .toSorted(),
  required: at(pod, ...termsPath),
  label: textAt(pod, 'metadata', 'labels', 'nvidia.com/gpu.deploy.device-plugin'),
})

const fixtures = repositoryPath('test/fixtures/admission')
const cases = readdirSync(fixtures).map((name) => {
  const parsed: unknown = parse(readFileSync(`${fixtures}/${name}/pod.yaml`, 'utf8'))
  const pod: JsonObject = isObject(parsed) ? parsed : {}
  return [name, pod] as const
})
const term = (key: string, value: string): object => ({ matchExpressions: [{ key, operator: 'In', values: [value] }] })
const requiring = (...nodeSelectorTerms: readonly object[]): Readonly<Record<string, object>> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
})
const zones = [term('topology.kubernetes.io/zone', 'us-east-1a'), term('topology.kubernetes.io/zone', 'us-east-1b')]
const more = [
  ['two zones', vllmPod('zones', requiring(...zones))],
  ['a zone and a pool', vllmPod('pool', requiring(term('karpenter.sh/nodepool', 'gpu'), ...zones))],
  ['another affinity', vllmPod('preferred', { affinity: { podAffinity: {} } })],
  ['a toleration of all', vllmPod('all', { tolerations: [{ operator: 'Exists' }] })],
  ['a toleration of the value', vllmPod('value', { tolerations: [{ key: 'nvidia.com/gpu', value: 'true' }] })],
  [
    'a toleration of another effect',
    vllmPod('effect', { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoExecute' }] }),
  ],
  ['no vLLM', podOf('cpu', { containers: [{ name: 'web', image: 'nginx' }] })],
] as const

for (const [name, given] of [...cases, ...more]) {
  const pod: JsonObject = { ...given }
  t.test(`policies and webhook agree on ${name}`, async (t) => {
    const before = await stored(pod, 'plain')
    // What opted in by its own label is changed in every namespace, so there the fixture itself is what was before.
    const optedIn = textAt(pod, 'metadata', 'labels', 'warmpath.dev/inject') === 'enabled'
    if (optedIn) {
      const mutated = mutatePod(pod, webhookSettings(), core)
      const { required, label } = viewOf(mutated.kind === 'vllm' ? mutated.object : pod)
      t.match(viewOf(before), { required, label })
      t.strictSame(viewOf(await stored(pod, 'models')), viewOf(before))
      return
    }
    const mutated = mutatePod(before, webhookSettings(), core)
    const expected = mutated.kind === 'vllm' ? mutated.object : before
    t.strictSame(viewOf(await stored(pod, 'models')), viewOf(expected))
  })
}

t.test('what can never run is refused where a namespace enforces, and warned about elsewhere', async (t) => {
  const slice = (name: string): object =>
    podOf(name, {
      containers: [
        { name: 'vllm', image: 'vllm/vllm-openai:v0.32.0', resources: { limits: { 'nvidia.com/mig-1g.10gb': '1' } } },
      ],
    })
  await t.rejects(stored(slice('strict'), 'strict'), { message: /mig: there is no MIG on auto-mode/ })
  const { warnings } = await cluster.create(slice('warned'), dryRun)
  t.ok(
    warnings.some((line) => line.includes('mig: there is no MIG on auto-mode')),
    warnings.join('; '),
  )
})
