import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { CoreV1Api } from '@kubernetes/client-node'
import t, { type Test } from 'tap'
import { createKubernetesClient } from '../../../src/kubernetes/client.ts'
import { type FakeKubeApi, startFakeKubeApi } from '../../support/fake-kube-api.ts'
import { createManualClock } from '../../support/manual-clock.ts'

async function startApi(t: Test): Promise<FakeKubeApi> {
  const api = await startFakeKubeApi({ clock: createManualClock() })
  t.teardown(() => api.close())
  return api
}

function kubeconfig(t: Test, content: string): { readonly kind: 'kubeconfig'; readonly path: string } {
  return { kind: 'kubeconfig', path: join(t.testdir({ config: content }), 'config') }
}

const query = new URLSearchParams()
const never = new AbortController().signal
const podsPath = '/api/v1/pods'

t.test('server and namespace are those of the context', async (t) => {
  const api = await startApi(t)
  const { server, namespace } = createKubernetesClient(kubeconfig(t, api.kubeconfig()))
  t.same({ server, namespace }, { server: api.url, namespace: 'inference' })
})

t.test('get() authenticates as the user of the kubeconfig', async (t) => {
  const api = await startApi(t)
  api.token = 'secret'
  const client = createKubernetesClient(kubeconfig(t, api.kubeconfig({ token: 'secret' })))
  const answer = await client.get(podsPath, { query: new URLSearchParams({ limit: '1' }), signal: never })
  t.equal(answer.statusCode, 200)
  t.equal(api.requests[0]?.query.get('limit'), '1')
  answer.destroy()
})

t.test('after 401 the kubeconfig is read anew, for the next request', async (t) => {
  const api = await startApi(t)
  api.token = 'new'
  const access = kubeconfig(t, api.kubeconfig({ token: 'old' }))
  const client = createKubernetesClient(access)
  writeFileSync(access.path, api.kubeconfig({ token: 'new' }))
  for (const expected of [401, 200]) {
    const answer = await client.get(podsPath, { query, signal: never })
    t.equal(answer.statusCode, expected)
    answer.destroy()
  }
})

t.test('api() gives clients of the library', async (t) => {
  const api = await startApi(t)
  api.token = 'secret'
  api.put('pods', { name: 'a', namespace: 'inference', labels: { app: 'vllm' } })
  const client = createKubernetesClient(kubeconfig(t, api.kubeconfig({ token: 'secret' })))
  const pod = await client.api(CoreV1Api).readNamespacedPod({ name: 'a', namespace: 'inference' })
  t.same(pod.metadata?.labels, { app: 'vllm' })
})

t.test('a connection that fails is KUBERNETES_CONNECTION, and an abort ends the request', async (t) => {
  const api = await startApi(t)
  const client = createKubernetesClient(kubeconfig(t, api.kubeconfig()))
  api.faultNext('list', 'cut', 'hang')
  await t.rejects(client.get(podsPath, { query, signal: never }), {
    code: 'KUBERNETES_CONNECTION',
    message: /Cannot ask \/api\/v1\/pods: .+, expected an answer of the API server/,
  })
  const stop = new AbortController()
  const asked = client.get(podsPath, { query, signal: stop.signal })
  await api.requested('list', 2)
  stop.abort(new Error('stopped'))
  await t.rejects(asked, { code: 'KUBERNETES_CONNECTION', message: /stopped/ })
  await t.rejects(client.get(podsPath, { query, signal: stop.signal }), { message: /stopped/ })
})

t.test('an abort does not wait for a plug-in that gives credentials and hangs', async (t) => {
  const api = await startApi(t)
  // It hangs on a connection, and ends with it.
  const connections: Socket[] = []
  const hold = createServer((socket) => void connections.push(socket)).listen(0, '127.0.0.1')
  await once(hold, 'listening')
  const script = `require('node:net').connect(${portOf(hold)}, '127.0.0.1').on('close', () => process.exit())`
  const exec = { command: process.execPath, args: ['-e', script] }
  const client = createKubernetesClient(kubeconfig(t, api.kubeconfig({ exec })))
  const stop = new AbortController()
  const asked = client.get(podsPath, { query, signal: stop.signal })
  const refused = t.rejects(asked, { message: /stopped/ })
  await once(hold, 'connection')
  stop.abort(new Error('stopped'))
  await refused
  t.equal(api.requests.length, 0)
  for (const socket of connections) socket.destroy()
  hold.close()
})

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const cluster = { name: 'c', cluster: { server: 'https://10.0.0.1:6443' } }
const context = { name: 'x', context: { cluster: 'c', user: 'u' } }
const user = { name: 'u', user: {} }
const whole = { clusters: [cluster], users: [user], contexts: [context], 'current-context': 'x' }

for (const [what, config, message] of [
  ['another context', { ...whole, 'current-context': 'y' }, /context "y" is not there, expected one of x/],
  ['no context', { ...whole, contexts: [] }, /context "x" is not there, expected one of \(no context\)/],
  ['no cluster', { ...whole, clusters: [] }, /context "x" names a cluster that is not there/],
  ['no user', { ...whole, users: [] }, /context "x" names a user that is not there/],
  ['no server', { ...whole, clusters: [{ name: 'c', cluster: {} }] }, /clusters\[0\]\.cluster\.server is missing/],
  ['no URL', { ...whole, clusters: [{ name: 'c', cluster: { server: '10.0.0.1' } }] }, /expected a URL such as https/],
  [
    'http without a word on TLS',
    { ...whole, clusters: [{ name: 'c', cluster: { server: 'http://10.0.0.1' } }] },
    /say insecure-skip-tls-verify: true/,
  ],
] as const) {
  t.test(`a kubeconfig with ${what} is refused with what to do`, (t) => {
    const access = kubeconfig(t, JSON.stringify(config))
    t.throws(() => createKubernetesClient(access), { code: 'KUBERNETES_CONFIG', message })
    t.throws(() => createKubernetesClient(access), { message: new RegExp(access.path) })
    t.end()
  })
}

t.test('another context of the file can be chosen', (t) => {
  const other = { name: 'y', context: { cluster: 'c', user: 'u', namespace: 'elsewhere' } }
  const access = kubeconfig(t, JSON.stringify({ ...whole, contexts: [context, other] }))
  t.equal(createKubernetesClient({ ...access, context: 'y' }).namespace, 'elsewhere')
  t.end()
})

for (const [what, content] of [
  ['that is not YAML', '{'],
  ['that is empty', ''],
] as const) {
  t.test(`a kubeconfig ${what} is refused with its path`, (t) => {
    const access = kubeconfig(t, content)
    t.throws(() => createKubernetesClient(access), {
      code: 'KUBERNETES_CONFIG',
      message: new RegExp(`Cannot (read|use) kubeconfig ${access.path}`),
    })
    t.end()
  })
}

t.test('a kubeconfig that is not there is refused with what to do', (t) => {
  t.throws(() => createKubernetesClient({ kind: 'kubeconfig', path: '/nowhere/config' }), {
    code: 'KUBERNETES_CONFIG',
    message: /Cannot read kubeconfig \/nowhere\/config: ENOENT.*kubectl --kubeconfig \/nowhere\/config cluster-info/,
  })
  t.end()
})

/** A pod's file system, with the environment of a pod. */
function podRoot(t: Test, env: Readonly<Record<string, string>>): string {
  const root = t.testdir({})
  const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of [
    ['token', 'pod-token'],
    ['ca.crt', ''],
    ['namespace', 'inference'],
  ] as const)
    writeFileSync(join(folder, name), content)
  for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT']) {
    const before = process.env[name]
    t.teardown(() => (before === undefined ? delete process.env[name] : void (process.env[name] = before)))
    if (env[name] === undefined) delete process.env[name]
    else process.env[name] = env[name]
  }
  return root
}

t.test('in a pod its service account is used', (t) => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
  const { server, namespace } = createKubernetesClient({ kind: 'in-cluster', root: podRoot(t, env) })
  t.same({ server, namespace }, { server: 'https://[fd00::1]:443', namespace: 'inference' })
  t.end()
})

t.test('outside of a pod the error says what is missing', (t) => {
  t.throws(() => createKubernetesClient({ kind: 'in-cluster', root: podRoot(t, {}) }), {
    code: 'KUBERNETES_CONFIG',
    message: /KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT/,
  })
  t.throws(() => createKubernetesClient({ kind: 'in-cluster', root: t.testdir({}) }), {
    code: 'KUBERNETES_CONFIG',
    message: /no file .*serviceaccount\/token; outside of a pod give a kubeconfig/,
  })
  t.end()
})
