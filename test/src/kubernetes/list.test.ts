import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createKubernetesClient } from '../../../src/kubernetes/client.ts'
import { list, type Listed, type ListReader } from '../../../src/kubernetes/list.ts'
import { metaOf } from '../../../src/kubernetes/object-meta.ts'
import { startFakeKubeApi } from '../../support/fake-kube-api.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { answer, startScriptedServer } from '../../support/scripted-server.ts'

interface Keys extends ListReader {
  readonly keys: (string | undefined)[]
}

function createReader(): Keys {
  const keys: (string | undefined)[] = []
  return { keys, item: (object) => void keys.push(metaOf(object)?.key) }
}

function listPods(t: Test, kubeconfig: string, options: { maxPageBytes?: number } = {}): Promise<Listed<Keys>> {
  const client = createKubernetesClient({ kind: 'kubeconfig', path: join(t.testdir({ config: kubeconfig }), 'config') })
  const bounds = { answerMs: 30_000, silenceMs: 30_000, pageSize: 2, maxPageBytes: 10_000, ...options }
  const query = new URLSearchParams()
  const stopped = new AbortController().signal
  const place = { what: 'Cannot list pods', path: '/api/v1/pods', query }
  return list({ client, clock: createManualClock(), stopped, ...place, ...bounds }, createReader)
}

async function startApi(t: Test) {
  const api = await startFakeKubeApi({ clock: createManualClock() })
  t.teardown(() => api.close())
  for (const name of ['a', 'b', 'c']) api.put('pods', { name, namespace: 'n' })
  return api
}

t.test('a list is the state of its first page, with the version to watch from', async (t) => {
  const api = await startApi(t)
  const { reader, resourceVersion } = await listPods(t, api.kubeconfig())
  t.same({ keys: reader.keys, resourceVersion }, { keys: ['n/a', 'n/b', 'n/c'], resourceVersion: '103' })
})

t.test('a list that expires again and again is given up after three restarts', async (t) => {
  const api = await startApi(t)
  const stale = () => {
    api.put('pods', { name: 'b', namespace: 'n', fields: { data: api.requests.length } })
    api.compact()
  }
  const client = createKubernetesClient({
    kind: 'kubeconfig',
    path: join(t.testdir({ config: api.kubeconfig() }), 'config'),
  })
  const options = { answerMs: 30_000, silenceMs: 30_000, pageSize: 1, maxPageBytes: 10_000 }
  const place = { what: 'Cannot list pods', path: '/api/v1/pods', query: new URLSearchParams() }
  const stopped = new AbortController().signal
  const listed = list({ client, clock: createManualClock(), stopped, ...place, ...options }, () => ({ item: stale }))
  await t.rejects(listed, { code: 'KUBERNETES_STATUS', answered: 410 })
  t.equal(api.requests.length, 8)
})

t.test('a page that is not a list, or larger than allowed, is unreadable', async (t) => {
  const api = await startApi(t)
  api.faultNext('list', 'garbage')
  await t.rejects(listPods(t, api.kubeconfig()), {
    code: 'KUBERNETES_UNREADABLE',
    message: 'Cannot list pods: 21 characters, expected a list in JSON',
  })
  await t.rejects(listPods(t, api.kubeconfig(), { maxPageBytes: 100 }), {
    code: 'KUBERNETES_UNREADABLE',
    message: 'Cannot list pods: more than 100 bytes; allow more, or pages of fewer than 2 objects',
  })
})

t.test('an empty list may be null, but not missing', async (t) => {
  const api = await startApi(t)
  const path = '/api/v1/pods?limit=2'
  const server = await startScriptedServer({
    [path]: answer('{"metadata":{"resourceVersion":"5"},"items":null}'),
  })
  t.teardown(() => server.close())
  const kubeconfig = api.kubeconfig().replaceAll(api.url, server.url)
  const { reader, resourceVersion } = await listPods(t, kubeconfig)
  t.same({ keys: reader.keys, resourceVersion }, { keys: [], resourceVersion: '5' })
  server.on(path, answer('{"metadata":{"resourceVersion":"5"}}'))
  await t.rejects(listPods(t, kubeconfig), { code: 'KUBERNETES_UNREADABLE' })
})
