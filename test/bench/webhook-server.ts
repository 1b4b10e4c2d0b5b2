import { createServer } from 'node:https'
import { Registry } from 'prom-client'
import { realClock } from '../../src/clock.ts'
import { at, parseJson } from '../../src/kubernetes/json.ts'
import { listenTls } from '../../src/net/http-server.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { selfSigned } from '../../webhook/certificates/self-signed.ts'
import { createWebhook } from '../../webhook/create-webhook.ts'
import { defaultSettings } from '../support/webhook-harness.ts'

// The process under test of `npm run bench -- webhook`: the webhook, or with `bare` the least that Node can do over TLS.

const identity = await selfSigned(['127.0.0.1'], Date.now())
const port = process.argv[2] === 'bare' ? await serveBare() : await serveWebhook()
process.stdout.write(`${JSON.stringify({ port, authority: identity.authority })}\n`)

async function serveWebhook(): Promise<number> {
  const { app } = createWebhook({
    core: { settings: defaultSettings },
    registry: new Registry(),
    clock: realClock,
    log: silentLog,
    maxBodyBytes: 7 * 2 ** 20,
    maxDeadlineMs: 10_000,
    stopping: new AbortController().signal,
    secondsLeft: () => undefined,
  })
  return (await listenTls(app, { host: '127.0.0.1', port: 0, pair: identity })).port
}

/** Parses the body for its uid and lets the pod pass. */
function serveBare(): Promise<number> {
  const server = createServer({ cert: identity.certificate, key: identity.key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const uid = at(parseJson(Buffer.concat(chunks).toString()), 'request', 'uid')
      const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer))
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
