import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createKubernetesClient } from '../../src/kubernetes/client.ts'
import { at, listAt, textAt } from '../../src/kubernetes/json.ts'
import { createCertificateCluster } from '../../webhook/certificates/cluster.ts'
import { readCertificate } from '../../webhook/certificates/issue.ts'
import { nextCertificates } from '../../webhook/certificates/next-certificates.ts'
import { defaultPeriods } from '../../webhook/certificates/rotation.ts'
import { startCli } from '../support/run-cli.ts'
import { startControlPlane } from './cluster/control-plane.ts'
import { pause } from './process.ts'

// The webhook with its own certificates, with no more rights than they need, called by a real API server that refuses
// every pod for which the call fails.

const cluster = await startControlPlane(t)
const namespace = 'warmpath'
const name = 'warmpath-webhook'
const user = 'warmpath-webhook'
const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }
const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }]
const roleRef = (kind: string) => ({ kind, name, apiGroup: 'rbac.authorization.k8s.io' })

await cluster.apply(
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    ...rbac,
    kind: 'Role',
    metadata: { name, namespace },
    rules: [
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get', 'patch'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [name], verbs: ['get', 'patch'] },
    ],
  },
  { ...rbac, kind: 'RoleBinding', metadata: { name, namespace }, roleRef: roleRef('Role'), subjects },
  {
    ...rbac,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
        resourceNames: [name],
        verbs: ['get', 'patch'],
      },
    ],
  },
  { ...rbac, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: roleRef('ClusterRole'), subjects },
)
const kubeconfig = await cluster.kubeconfigFor(user)

function start(...more: readonly string[]) {
  const flags = ['--namespace', namespace, '--tls-secret', name, '--kubeconfig', kubeconfig]
  const child = startCli('src/cli/main.ts', ['webhook', '--port', '0', '--admin-port', '0', ...flags, ...more])
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

async function urlsOf(child: ReturnType<typeof start>) {
  const urls: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    urls.push(line.replace(/^.* on /, ''))
    if (urls.length === 2) break
  }
  const [admin = '', webhook = ''] = urls
  return { admin, port: Number(new URL(webhook).port) }
}

function configuration(kind: string, path: string, port: number): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    webhooks: ['first', 'second'].map((webhook) => ({
      name: `${webhook}.pods.warmpath.dev`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      timeoutSeconds: 3,
      namespaceSelector: { matchLabels: { 'warmpath.dev/inject': 'enabled' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      clientConfig: { service: { namespace, name, port, path } },
    })),
  }
}

const client = createCertificateCluster(createKubernetesClient({ kind: 'kubeconfig', path: kubeconfig }), {
  namespace,
  secret: name,
  mutatingConfigurations: [name],
  validatingConfigurations: [name],
})

async function bundles(): Promise<readonly (string | undefined)[]> {
  const found = await Promise.all(
    ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'].map((kind) => cluster.get(kind, name)),
  )
  return found
    .flatMap((one) => listAt(one, 'webhooks'))
    .map((webhook) => Buffer.from(textAt(webhook, 'clientConfig', 'caBundle') ?? '', 'base64').toString())
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(500)
}

let made = 0
/** Rejects when the API server could not call the webhook. */
async function createPod(...flags: readonly string[]): Promise<unknown> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `llama-${made++}`, namespace: 'inference' },
    spec: {
      containers: [
        {
          name: 'vllm',
          image: 'vllm/vllm-openai:v0.32.0',
          command: ['vllm', 'serve', 'Qwen/Qwen3-32B'],
          resources: { limits: { 'nvidia.com/gpu': '1' } },
        },
      ],
    },
  }
  const printed = await cluster.kubectl(['create', '--output', 'json', ...flags, '-f', '-'], JSON.stringify(pod))
  const created: unknown = JSON.parse(printed)
  return created
}

const first = start('--log-format', 'json')
const { port, admin } = await urlsOf(first)
/** The API server adds tolerations of its own. */
const isMutated = (pod: unknown): boolean =>
  listAt(pod, 'spec', 'tolerations').some((one) => textAt(one, 'key') === 'nvidia.com/gpu')

t.test('it makes its certificate, and the API server trusts it in every webhook', async (t) => {
  await cluster.apply(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'inference', labels: { 'warmpath.dev/inject': 'enabled' } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    configuration('MutatingWebhookConfiguration', '/mutate/pods', port),
    configuration('ValidatingWebhookConfiguration', '/validate/pods', port),
  )
  const stored = (await client.readSecret())?.stored
  await until(async () => (await bundles()).every((bundle) => bundle === stored?.authorities.join('')))
  t.equal((await bundles()).length, 4)
  t.equal((await fetch(`${admin}/readyz`)).status, 200)
  await cluster.kubectl(['wait', '--for', 'create', 'serviceaccount/default', '--namespace', 'inference'])
  // The configurations reach the API server's admission a moment later.
  await until(() => createPod().then(isMutated, () => false))
  t.ok(isMutated(await createPod()))
  t.match(at(await createPod('--dry-run=server'), 'metadata', 'annotations'), { 'warmpath.dev/injected': /gpu/ })
})

t.test('writes of an old version are refused', async (t) => {
  const before = await client.readSecret()
  const lease = await client.readLease()
  if (before?.stored === undefined || lease === undefined) throw new TypeError('nothing stored')
  t.notOk(await client.writeSecret(before.stored, undefined))
  t.notOk(await client.writeSecret({ ...before.stored, key: 'x' }, '1'))
  t.notOk(await client.writeLease('thief', { version: '1', leaseMs: 1000 }))
  t.notOk(await client.writeLease('thief', { version: undefined, leaseMs: 1000 }))
})

t.test('a second authority, a new certificate and another leader: no call fails', async (t) => {
  const second = start()
  await urlsOf(second)
  const step = async (kind: 'add-authority' | 'renew-certificate') => {
    const found = await client.readSecret()
    const context = { stored: found?.stored, hosts: [`${name}.${namespace}.svc`], nowMs: Date.now() }
    const next = await nextCertificates({ kind, why: 'test' }, { ...context, periods: defaultPeriods })
    t.ok(await client.writeSecret(next, found?.version))
    await until(async () => (await bundles()).every((bundle) => bundle === next.authorities.join('')))
    return next
  }
  const added = await step('add-authority')
  t.equal(added.authorities.length, 2)
  t.ok(isMutated(await createPod()))
  await pause(2000)
  const renewed = await step('renew-certificate')
  t.ok(readCertificate(renewed.certificate)?.isIssuedBy(renewed.authorities[1] ?? ''))
  for (let index = 0; index < 20; index++) {
    t.ok(isMutated(await createPod()))
    await pause(500)
  }
  const holder = (await client.readLease())?.holder
  first.kill('SIGTERM')
  await until(async () => {
    const lease = await client.readLease()
    return lease?.holder !== holder && lease?.holder !== ''
  })
  second.kill('SIGTERM')
  const log = await text(second.stderr)
  t.match(log, /leading the certificate rotation/)
  t.notMatch(log, /PRIVATE KEY/)
})
