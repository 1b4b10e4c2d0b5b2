import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { parseJson } from '../../../../src/kubernetes/json.ts'
import { runCli, startCli } from '../../../support/run-cli.ts'
import { newIdentity, podReview, postReview, vllmPod } from '../../../support/webhook-harness.ts'
import { stringify } from 'yaml'
import { Agent } from 'node:https'
import { selfSigned } from '../../../../webhook/certificates/self-signed.ts'

const main = 'src/cli/main.ts'
const ports = ['--port', '0', '--admin-port', '0', '--host', '127.0.0.1', '--admin-host', '127.0.0.1']

async function start(t: Test, ...more: readonly string[]) {
  const child = startCli(main, ['webhook', ...ports, ...more])
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.startsWith('webhook')) break
  }
  const urlOf = (what: string) => lines.find((line) => line.startsWith(what))?.replace(/^.* on /, '') ?? ''
  return { child, lines, url: urlOf('webhook'), admin: urlOf('admin') }
}

function files(t: Test, { certificate, key }: { readonly certificate: string; readonly key: string }) {
  const folder = t.testdir({ 'tls.crt': certificate, 'tls.key': key })
  return ['--tls-cert', join(folder, 'tls.crt'), '--tls-key', join(folder, 'tls.key')]
}

const review = JSON.stringify(podReview(vllmPod))

t.test('with --tls-self-signed it runs without a cluster, a line per address', async (t) => {
  const { lines, url, admin } = await start(t, '--tls-self-signed')
  t.match(lines, [
    /^admin listening on http:\/\/127\.0\.0\.1:\d+$/,
    /^webhook listening on https:\/\/127\.0\.0\.1:\d+$/,
  ])
  const agent = new Agent({ rejectUnauthorized: false })
  t.match((await postReview(url, review, { agent })).body, { response: { allowed: true, patchType: 'JSONPatch' } })
  t.equal((await fetch(`${admin}/readyz`)).status, 200)
  t.equal((await fetch(`${admin}/healthz`)).status, 200)
  const metrics = await (await fetch(`${admin}/metrics`)).text()
  t.match(metrics, /^warmpath_webhook_certificate_expiry_seconds 3153\d+/m)
  t.match(metrics, /^warmpath_webhook_reviews_total\{path="\/mutate\/pods",outcome="mutated"\} 1$/m)
})

t.test('it serves the certificate of files, is unready on SIGTERM, and serves on until it has drained', async (t) => {
  const identity = await newIdentity()
  const { child, url, admin } = await start(t, ...files(t, identity), '--drain', '400ms')
  const agent = new Agent({ ca: identity.authority, keepAlive: true })
  t.equal((await postReview(url, review, { agent })).status, 200)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  let ready = await fetch(`${admin}/readyz`)
  while (ready.status === 200) ready = await fetch(`${admin}/readyz`)
  t.match(await ready.json(), { reasons: ['stopping'] })
  const last = await postReview(url, review, { agent })
  t.equal(last.headers['connection'], 'close')
  t.match(await exited, [0, null])
})

t.test('an expired certificate makes it unready, and it still answers', async (t) => {
  const expired = await selfSigned(['127.0.0.1'], Date.now() - 400 * 24 * 3600 * 1000)
  const { url, admin } = await start(t, ...files(t, expired))
  const ready = await fetch(`${admin}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { reasons: ['the certificate has expired'] })
  t.equal((await fetch(`${admin}/healthz`)).status, 200)
  t.equal((await postReview(url, review, { agent: new Agent({ rejectUnauthorized: false }) })).status, 200)
})

t.test('--explain prints what would happen, for people and as JSON', async (t) => {
  const path = join(t.testdir({ 'pod.yaml': stringify(vllmPod) }), 'pod.yaml')
  const human = await runCli(main, ['webhook', '--explain', path])
  t.equal(human.code, 0)
  t.match(human.stdout, /^Pod llama-0 \(document 1\)\n {2}known by {3}vllm serve\n/)
  const json = await runCli(main, ['webhook', '--platform', 'karpenter', '--explain', path, '--json'])
  t.equal(json.code, 0)
  t.match(parseJson(json.stdout), {
    explanations: [{ verdict: 'changed', patch: Array, warnings: Array, findings: Array }],
  })
  t.match(json.stdout, /karpenter\.k8s\.aws\/instance-category/)
})

t.test('--explain - reads stdin', async (t) => {
  const entry = fileURLToPath(new URL(`../../../../${main}`, import.meta.url))
  const child = spawn(process.execPath, [entry, 'webhook', '--explain', '-'], {
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(stringify(vllmPod))
  t.match(await text(child.stdout), /^Pod llama-0/)
})

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no certificate', [], /certificate: got none, expected tlsCert with tlsKey/],
  ['two certificates', ['--tls-self-signed', '--tls-secret', 'x'], /certificate: got 2 of them/],
  ['a certificate without its key', ['--tls-cert', 'x.crt'], /one of tlsCert and tlsKey alone/],
  ['a client authority that is none', ['--tls-self-signed', '--client-ca', 'none.crt'], /clientCa: got none\.crt/],
  ['--json without --explain', ['--tls-self-signed', '--json'], /json: got true/],
  ['a manifest that is not there', ['--explain', 'none.yaml'], /explain: got none\.yaml/],
]

for (const [what, flags, message] of wrong)
  t.test(`${what} is named, with exit code 2`, async (t) => {
    const { code, stderr } = await runCli(main, ['webhook', ...flags])
    t.equal(code, 2)
    t.match(stderr, message)
  })
