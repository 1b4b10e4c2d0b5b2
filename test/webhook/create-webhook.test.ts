import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { realClock } from '../../src/clock.ts'
import { at, listAt, textAt } from '../../src/kubernetes/json.ts'
import { applyPatch } from '../../webhook/edit.ts'
import { defineMutation } from '../../webhook/mutation.ts'
import { createAuthority } from '../e2e/cluster/certificates.ts'
import { newIdentity, podReview, startWebhook, vllmPod, defaultSettings } from '../support/webhook-harness.ts'

const uid = '705ab4f5-6393-11e8-b7cc-42010a800002'
const failing = defineMutation({
  id: 'failing',
  doc: 'Fails.',
  apply() {
    throw new TypeError('secret words of the pod')
  },
})

function patchOf(body: unknown) {
  const encoded = textAt(body, 'response', 'patch') ?? ''
  const patch: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString())
  return patch
}

t.test('a vLLM pod is answered with a JSON patch that applies, and the uid of the request', async (t) => {
  const { post, metric } = await startWebhook(t)
  const { status, headers, body } = await post(podReview(vllmPod))
  t.equal(status, 200)
  t.equal(headers['content-type'], 'application/json')
  t.match(body, {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, patchType: 'JSONPatch', auditAnnotations: { mutations: /gpu-toleration/ } },
  })
  const patch = patchOf(body)
  if (!Array.isArray(patch)) throw new TypeError('no patch')
  const patched = applyPatch(vllmPod, patch)
  t.match(listAt(patched, 'spec', 'tolerations'), [{ key: 'nvidia.com/gpu', operator: 'Exists' }])
  t.ok(await metric('warmpath_webhook_reviews_total{path="/mutate/pods",outcome="mutated"} 1'))
  t.ok(await metric('warmpath_webhook_mutations_total{mutation="gpu-toleration"} 1'))
})

t.test('dry runs are answered alike: there are no side effects', async (t) => {
  const { post } = await startWebhook(t)
  const wet = await post(podReview(vllmPod))
  const dry = await post(podReview(vllmPod, { dryRun: true }))
  t.same(dry.body, wet.body)
})

t.test('other pods, other kinds and other operations pass with neither patch nor patchType', async (t) => {
  const { post } = await startWebhook(t)
  const reviews = [
    podReview({ kind: 'Pod', spec: { containers: [{ name: 'web', image: 'nginx' }] } }),
    podReview(vllmPod, { kind: { group: '', version: 'v1', kind: 'Service' } }),
    podReview(vllmPod, { operation: 'UPDATE' }),
    podReview(null, { operation: 'DELETE', oldObject: vllmPod }),
  ]
  for (const review of reviews)
    for (const path of ['/mutate/pods', '/validate/pods', '/mutate/nodepools'])
      t.same((await post(review, { path })).body, {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid, allowed: true },
      })
})

t.test('/validate/pods/enforce refuses what /validate/pods warns about', async (t) => {
  const message = 'gpus: asks for more than there are'
  const core = {
    settings: defaultSettings,
    validate: (_object: unknown, _settings: unknown, { enforce }: { readonly enforce: boolean }) => ({
      kind: 'vllm' as const,
      evidence: '',
      findings: [{ rule: 'gpus', severity: 'refuse' as const, message }],
      verdict: enforce ? { allowed: false, message } : { allowed: true, warnings: [message] },
    }),
  }
  const { post, metric } = await startWebhook(t, { core })
  const warned = await post(podReview(vllmPod), { path: '/validate/pods?timeout=3s' })
  t.match(at(warned.body, 'response'), { uid, allowed: true, warnings: [message] })
  const refused = await post(podReview(vllmPod), { path: '/validate/pods/enforce?timeout=3s' })
  t.match(at(refused.body, 'response'), { uid, allowed: false, status: { code: 403, message } })
  t.ok(await metric('warmpath_webhook_reviews_total{path="/validate/pods",outcome="warned"} 1'))
  t.ok(await metric('warmpath_webhook_reviews_total{path="/validate/pods/enforce",outcome="refused"} 1'))
  t.ok(await metric('warmpath_webhook_findings_total{rule="gpus"} 2'))
})

t.test('a new NodePool of Auto Mode gets the label of the device plugin', async (t) => {
  const { post } = await startWebhook(t)
  const pool = { kind: 'NodePool', spec: { template: { spec: { nodeClassRef: { group: 'eks.amazonaws.com' } } } } }
  const { body } = await post(podReview(pool, { kind: { kind: 'NodePool' } }), { path: '/mutate/nodepools' })
  t.match(patchOf(body), [{ path: '/spec/template/metadata' }, {}, { value: 'false' }])
})

const rejections: readonly (readonly [string, number, string | Buffer, Readonly<Record<string, string>>])[] = [
  ['another content type', 415, '{}', { 'content-type': 'text/plain' }],
  ['no content type', 415, '{}', {}],
  ['a compressed body', 415, '{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ['a body that is no JSON', 400, '{"a":', { 'content-type': 'application/json' }],
  ['an empty body', 400, '', { 'content-type': 'application/json' }],
  ['JSON that is no review', 400, '[]', { 'content-type': 'application/json; charset=utf-8' }],
  ['a body above the bound', 413, 'x'.repeat(2000), { 'content-type': 'application/json' }],
  [
    'a body above the bound, without its length',
    413,
    'x'.repeat(2000),
    { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
  ],
]

for (const [what, expected, body, headers] of rejections) {
  t.test(`${what} is answered ${expected}, and the connection serves on`, async (t) => {
    const { post, agent, metric } = await startWebhook(t, { maxBodyBytes: 1900 })
    const one = agent({ maxSockets: 1 })
    const { status, body: answer } = await post(body, { headers, agent: one })
    t.equal(status, expected)
    t.match(answer, { error: { code: String, message: String } })
    t.ok(await metric('warmpath_webhook_reviews_total{path="/mutate/pods",outcome="rejected"} 1'))
    t.equal((await post(podReview(vllmPod), { agent: one })).status, 200)
  })
}

t.test('other paths and methods are 404', async (t) => {
  const { post } = await startWebhook(t)
  t.equal((await post('{}', { path: '/mutate' })).status, 404)
  t.equal((await post('', { method: 'GET' })).status, 404)
})

t.test('an unreadable review that has a uid passes with a warning', async (t) => {
  const { post, metric } = await startWebhook(t)
  const { status, body } = await post({ apiVersion: 'admission.k8s.io/v1beta1', request: { uid } })
  t.equal(status, 200)
  t.match(at(body, 'response'), { uid, allowed: true, warnings: [/could not read the review/] })
  t.ok(await metric('warmpath_webhook_reviews_total{path="/mutate/pods",outcome="unreadable"} 1'))
})

t.test('a fault lets the pod pass, is counted, and its words stay out of the log', async (t) => {
  const { post, metric, recorded } = await startWebhook(t, {
    core: { settings: defaultSettings, mutations: [failing] },
  })
  const { status, body } = await post(podReview(vllmPod))
  t.equal(status, 200)
  t.same(at(body, 'response'), {
    uid,
    allowed: true,
    warnings: ['warmpath failed on this object and changed nothing'],
  })
  t.ok(await metric('warmpath_webhook_faults_total{path="/mutate/pods"} 1'))
  const told = recorded.lines.filter(({ level }) => level !== 'debug')
  t.match(told, [{ level: 'error', fields: { code: 'TypeError', namespace: 'inference' } }])
  t.notMatch(JSON.stringify(told), /secret words/)
})

t.test('when the time that the API server gives has passed, the pod passes unchanged', async (t) => {
  let readings = 0
  const clock = { ...realClock, now: () => (readings++ === 0 ? 0 : 2900) }
  const { post, metric } = await startWebhook(t, { clock })
  const late = await post(podReview(vllmPod), { path: '/mutate/pods?timeout=3s' })
  t.match(at(late.body, 'response'), { uid, allowed: true, patch: undefined, warnings: [/no time left/] })
  readings = 0
  const inTime = await post(podReview(vllmPod), { path: '/mutate/pods?timeout=4s' })
  t.match(at(inTime.body, 'response'), { patchType: 'JSONPatch' })
  t.ok(await metric('warmpath_webhook_reviews_total{path="/mutate/pods",outcome="late"} 1'))
})

t.test('one connection serves many reviews, and is told to end once the webhook stops', async (t) => {
  const stopping = new AbortController()
  const { post, agent, listener } = await startWebhook(t, { stopping: stopping.signal })
  let connections = 0
  listener.server.on('secureConnection', () => (connections += 1))
  const one = agent({ maxSockets: 1 })
  for (let index = 0; index < 5; index++) await post(podReview(vllmPod), { agent: one })
  t.equal(connections, 1)
  stopping.abort()
  const last = await post(podReview(vllmPod), { agent: one })
  t.equal(last.status, 200)
  t.equal(last.headers['connection'], 'close')
})

t.test('a client that leaves in the middle of its body frees the budget', async (t) => {
  const { url, agent, post, listener } = await startWebhook(t, { maxBodyBytes: 2000 })
  for (let index = 0; index < 40; index++) {
    const headers = { 'content-type': 'application/json', 'content-length': '1900' }
    const outgoing = request(`${url}/mutate/pods`, { method: 'POST', headers, agent: agent() })
    outgoing.on('error', () => {})
    const left = new Promise<void>((resolve) => {
      listener.server.once('request', (incoming) => {
        incoming.once('data', () => outgoing.destroy())
        incoming.once('close', resolve)
      })
    })
    outgoing.write('x'.repeat(1000))
    await left
  }
  t.equal((await post(podReview(vllmPod))).status, 200)
})

t.test('a new certificate is used under load without a failed request', async (t) => {
  const { post, listener, agent } = await startWebhook(t)
  const next = await newIdentity()
  const kept = agent({ maxSockets: 4 })
  let done = 0
  const load = Array.from({ length: 8 }, async () => {
    for (let index = 0; index < 50; index++) {
      const { status } = await post(podReview(vllmPod), { agent: kept })
      if (status === 200) done += 1
    }
  })
  await post(podReview(vllmPod), { agent: kept })
  listener.usePair(next)
  await Promise.all(load)
  t.equal(done, 400)
  t.equal((await post(podReview(vllmPod), { agent: agent({ ca: next.authority }) })).status, 200)
  await t.rejects(post(podReview(vllmPod), { agent: agent() }))
})

t.test('with a client authority, only its clients are served', async (t) => {
  const clients = await createAuthority(t.testdir(), 'clients')
  const { certificate, key } = await clients.issue({ name: 'kube-apiserver' })
  const { post, agent } = await startWebhook(t, { clientCa: clients.pem })
  const known = agent({ cert: readFileSync(certificate), key: readFileSync(key) })
  t.equal((await post(podReview(vllmPod), { agent: known })).status, 200)
  await t.rejects(post(podReview(vllmPod)))
  const stranger = await newIdentity()
  await t.rejects(post(podReview(vllmPod), { agent: agent({ cert: stranger.certificate, key: stranger.key }) }))
})

t.test('TLS below 1.2 is refused, and plain HTTP too', async (t) => {
  const { listener, identity } = await startWebhook(t)
  const options = { host: '127.0.0.1', port: listener.port, ca: identity.authority, servername: 'localhost' }
  const old = connectTls({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })
  const [error] = await once(old, 'error').catch((reason: unknown) => [reason])
  t.ok(error instanceof Error)
  const plain = connect(listener.port, '127.0.0.1')
  plain.end('GET / HTTP/1.1\r\n\r\n')
  plain.resume()
  await once(plain, 'close')
})
