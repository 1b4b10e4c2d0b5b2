import t, { type Test } from 'tap'
import { at, listAt, textAt } from '../../src/kubernetes/json.ts'
import { startControlPlane } from './cluster/control-plane.ts'
import { eksNode, instanceShapes } from './cluster/gpu-nodes.ts'
import { freePorts } from './ports.ts'
import { answering, hanging, startRewriting } from './webhook/stand-in.ts'
import { applyOverlay, configurations, startWebhook, untilTrusted, type WebhookProcess } from './webhook/install.ts'
import { categoryP, gpuToleration, namespaceOf, podOf, vllmPod } from './webhook/samples.ts'

// The webhook as users install it, in front of a real API server: with the manifests, and with the rights they give.

const cluster = await startControlPlane(t)
const [port = 0, otherPort = 0] = await freePorts(2)
await applyOverlay(cluster, 'auto-mode', port)
await cluster.apply(
  namespaceOf('models', { 'warmpath.dev/inject': 'enabled' }),
  namespaceOf('strict', { 'warmpath.dev/inject': 'enabled', 'warmpath.dev/enforce': 'true' }),
  namespaceOf('plain'),
  eksNode('cheap-g', instanceShapes['g6.12xlarge'], 'auto-mode'),
  eksNode('dear-p', instanceShapes['p5.48xlarge'], 'auto-mode'),
)
const begun = performance.now()
let webhook: WebhookProcess = await startWebhook(cluster, port)
t.teardown(() => webhook.process.stop())
await untilTrusted(cluster)
t.comment(`ready and trusted after ${Math.round(performance.now() - begun)} ms, by the rights of the manifests`)

const termsOf = (pod: unknown): readonly unknown[] =>
  listAt(pod, 'spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms')
const isMutated = (pod: unknown): boolean => termsOf(pod).length > 0
const injected = (pod: unknown): string | undefined => textAt(pod, 'metadata', 'annotations', 'warmpath.dev/injected')

/** The API server adds tolerations of its own. */
const isOurs = (toleration: unknown): boolean => textAt(toleration, 'key') === gpuToleration.key

function matchesDefaults(t: Test, pod: unknown): void {
  t.strictSame(listAt(pod, 'spec', 'tolerations').filter(isOurs), [gpuToleration])
  t.match(termsOf(pod), [{ matchExpressions: [categoryP] }])
  t.match(pod, { metadata: { labels: { 'nvidia.com/gpu.deploy.device-plugin': 'false' } } })
}

t.test('a pod is stored with toleration, p selector and label, and says what was put in', async (t) => {
  const { object, warnings } = await cluster.create(vllmPod('stored'))
  matchesDefaults(t, object)
  t.equal(injected(object), 'gpu-toleration,node-category,device-plugin-label')
  t.strictSame(warnings, [])
})

t.test('pods of a Deployment are, too, and their template stays as it was', async (t) => {
  const labels = { app: 'served' }
  const template = { metadata: { labels }, spec: at(vllmPod('x'), 'spec') }
  const spec = {
    replicas: 1,
    selector: { matchLabels: labels },
    template: template,
  }
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'served', namespace: 'models' },
    spec,
  })
  await cluster.kubectl([
    'wait',
    'pod',
    '-n',
    'models',
    '-l',
    'app=served',
    '--for',
    'condition=Ready',
    '--timeout',
    '60s',
  ])
  const pods: unknown = JSON.parse(
    await cluster.kubectl(['get', 'pods', '-n', 'models', '-l', 'app=served', '-o', 'json']),
  )
  const [pod] = listAt(pods, 'items')
  matchesDefaults(t, pod)
  t.equal(textAt(pod, 'spec', 'nodeName'), 'dear-p')
  const stored = await cluster.get('deployment', 'served', 'models')
  t.notOk(isMutated(at(stored, 'spec', 'template')))
})

t.test('the trap: without the webhook a tolerating pod takes the cheap g node, with it the p node', async (t) => {
  const spec = { tolerations: [gpuToleration] }
  const plain = vllmPod('trapped', { ...spec, affinity: prefersG })
  await cluster.create(inNamespace(plain, 'plain'))
  await cluster.create(vllmPod('led', { ...spec, affinity: prefersG }))
  for (const [name, namespace, node] of [
    ['trapped', 'plain', 'cheap-g'],
    ['led', 'models', 'dear-p'],
  ] as const) {
    await cluster.kubectl(['wait', `pod/${name}`, '-n', namespace, '--for', 'condition=Ready', '--timeout', '60s'])
    t.equal(textAt(await cluster.get('pod', name, namespace), 'spec', 'nodeName'), node)
  }
})

/** Karpenter makes the cheapest node that fits; the scheduler has no prices, so a preference stands in for them. */
const prefersG = {
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 100, preference: { matchExpressions: [{ ...categoryP, values: ['g'] }] } },
    ],
  },
}

t.test(
  'other pods, other namespaces and pods that opted out stay as they are; a label on the pod is enough',
  async (t) => {
    const cpu = podOf('cpu', { containers: [{ name: 'web', image: 'nginx' }] })
    t.notOk(isMutated((await cluster.create(cpu)).object))
    t.notOk(isMutated((await cluster.create(inNamespace(vllmPod('elsewhere'), 'plain'))).object))
    t.notOk(isMutated((await cluster.create(labelled(vllmPod('opted-out'), 'disabled'))).object))
    t.ok(isMutated((await cluster.create(labelled(inNamespace(vllmPod('opted-in'), 'plain'), 'enabled'))).object))
  },
)

t.test('the warnings of the rules reach kubectl, and only a namespace that enforces refuses', async (t) => {
  const doomed = vllmPod('doomed', { gpus: 16 })
  const { warnings } = await cluster.create(doomed)
  t.ok(
    warnings.some((line) => line.startsWith('no-instance-type: ')),
    warnings.join('; '),
  )
  await t.rejects(cluster.create(inNamespace(vllmPod('refused', { gpus: 16 }), 'strict')), {
    message: /no-instance-type/,
  })
  t.ok(isMutated((await cluster.create(inNamespace(vllmPod('fine'), 'strict'))).object))
})

t.test('a server-side dry run shows the change and stores nothing', async (t) => {
  const { object } = await cluster.create(vllmPod('dry'), '--dry-run=server')
  matchesDefaults(t, object)
  await t.rejects(cluster.get('pod', 'dry', 'models'), { message: /not found/ })
})

t.test('opt-ins by annotation are stored as the API server accepts them', async (t) => {
  const wish = {
    'warmpath.dev/shm': '8Gi',
    'warmpath.dev/service-links': 'enabled',
    'warmpath.dev/do-not-disrupt': '30m',
    'warmpath.dev/graceful-drain': '45s',
    'warmpath.dev/kv-events': 'enabled',
    'warmpath.dev/prompt-tokens-details': 'enabled',
    'warmpath.dev/python-hash-seed': 'enabled',
    'warmpath.dev/nixl-host': 'enabled',
    'warmpath.dev/model-cache': 's3,compile',
  }
  const { object } = await cluster.create(annotated(vllmPod('all-in', { terminationGracePeriodSeconds: 30 }), wish))
  const ids = injected(object)?.split(',') ?? []
  for (const key of Object.keys(wish)) t.ok(ids.includes(key.slice('warmpath.dev/'.length)), `${key}: ${ids.join(' ')}`)
})

t.test('NodePools of Auto Mode that can make GPU nodes get the label at creation, and only then', async (t) => {
  const { object } = await cluster.create(nodePool('gpus', 'eks.amazonaws.com'))
  const path = ['spec', 'template', 'metadata', 'labels', 'nvidia.com/gpu.deploy.device-plugin'] as const
  t.equal(textAt(object, ...path), 'false')
  t.equal(textAt((await cluster.create(nodePool('own', 'karpenter.k8s.aws'))).object, ...path), undefined)
})

t.test('twice applied is once applied: also between webhooks that write containers anew', async (t) => {
  const rewriting = await startRewriting(t, cluster, otherPort)
  const { object } = await cluster.create(vllmPod('between'))
  matchesDefaults(t, object)
  t.equal(termsOf(object).length, 1)
  t.match(listAt(object, 'spec', 'containers'), [{ name: 'vllm', env: [{ name: 'AWS_ROLE_ARN' }] }])
  t.ok(rewriting.calls() >= 2, `the other webhooks were called ${rewriting.calls()} times`)
  await rewriting.remove()
})

t.test('it fails open: down, slow, or answering garbage', async (t) => {
  await webhook.process.stop()
  t.notOk(isMutated((await cluster.create(vllmPod('down'))).object), 'down')
  for (const [name, behaviour] of [
    ['slow', hanging],
    ['garbage', answering('nonsense')],
    [
      'other-uid',
      answering('{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"x","allowed":false}}'),
    ],
  ] as const) {
    const broken = await behaviour(cluster, port)
    t.notOk(isMutated((await cluster.create(vllmPod(name))).object), name)
    t.ok(broken.calls() > 0, `${name} was called`)
    await broken.stop()
  }
  webhook = await startWebhook(cluster, port)
  t.ok(isMutated((await cluster.create(vllmPod('back'))).object), 'back')
})

t.test('every overlay applies, and removing one leaves pods alone', async (t) => {
  for (const overlay of ['karpenter', 'node-groups', 'auto-mode']) await applyOverlay(cluster, overlay, port)
  for (const kind of configurations) await cluster.kubectl(['delete', kind, 'warmpath-webhook'])
  t.notOk(isMutated((await cluster.create(vllmPod('removed'))).object))
})

function inNamespace(pod: object, namespace: string): object {
  return withMetadata(pod, { namespace })
}

function labelled(pod: object, inject: string): object {
  return withMetadata(pod, { labels: { 'warmpath.dev/inject': inject } })
}

function annotated(pod: object, annotations: Readonly<Record<string, string>>): object {
  return withMetadata(pod, { annotations })
}

function withMetadata(pod: object, more: object): object {
  const metadata = at(pod, 'metadata')
  return { ...pod, metadata: { ...(typeof metadata === 'object' ? metadata : {}), ...more } }
}

function nodePool(name: string, group: string): object {
  const kind = group === 'eks.amazonaws.com' ? 'NodeClass' : 'EC2NodeClass'
  const requirements = [{ key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] }]
  const spec = { template: { spec: { nodeClassRef: { group, kind, name: 'default' }, requirements } } }
  return { apiVersion: 'karpenter.sh/v1', kind: 'NodePool', metadata: { name }, spec }
}
