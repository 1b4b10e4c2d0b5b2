import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { text } from 'node:stream/consumers'
import { at, listAt, parseJson, textAt } from '../../../src/kubernetes/json.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'

export interface StandIn {
  /** How often the API server asked. */
  calls(): number
  stop(): Promise<void>
}

type Behaviour = (cluster: ControlPlane, port: number) => Promise<StandIn>

/** In the webhook's place and with its certificate: takes requests and says nothing. */
export const hanging: Behaviour = (cluster, port) => inItsPlace(cluster, port, undefined)

/** The same, with this text as every answer. */
export const answering =
  (body: string): Behaviour =>
  (cluster, port) =>
    inItsPlace(cluster, port, body)

async function inItsPlace(cluster: ControlPlane, port: number, body: string | undefined): Promise<StandIn> {
  const secret = await cluster.get('secret', 'warmpath-webhook-tls', 'warmpath-system')
  const decode = (key: string): string => Buffer.from(textAt(secret, 'data', key) ?? '', 'base64').toString()
  return serve({ cert: decode('tls.crt'), key: decode('tls.key'), port }, () => body)
}

interface Serving {
  readonly cert: string
  readonly key: string
  readonly port: number
}

async function serve({ cert, key, port }: Serving, answer: (review: string) => string | undefined): Promise<StandIn> {
  let calls = 0
  const server: Server = createServer({ cert, key }, (request, response) => {
    calls++
    void text(request).then((review) => {
      const body = answer(review)
      if (body !== undefined) response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    calls: () => calls,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export interface RewritingWebhooks {
  calls(): number
  /** Takes their configurations away. */
  remove(): Promise<void>
}

/**
 * Two webhooks, called before and after ours by their names, which write the list of containers anew as EKS's pod
 * identity webhook does (amazon-eks-pod-identity-webhook @3bf80a3 pkg/handler/handler.go: replace /spec/containers).
 */
export async function startRewriting(
  t: { teardown(run: () => Promise<void>): unknown },
  cluster: ControlPlane,
  port: number,
): Promise<RewritingWebhooks> {
  const pair = await cluster.authority.issue({ name: 'rewriting', hosts: ['127.0.0.1'] })
  const [cert, key] = await Promise.all([readFile(pair.certificate, 'utf8'), readFile(pair.key, 'utf8')])
  const standIn = await serve({ cert, key, port }, rewritten)
  t.teardown(() => standIn.stop())
  const names = ['a-identity', 'z-identity']
  await cluster.apply(...names.map((name) => configuration(name, port, cluster.authority.pem)))
  return {
    calls: () => standIn.calls(),
    async remove() {
      await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', ...names])
    },
  }
}

function configuration(name: string, port: number, caPem: string): object {
  const webhook = {
    name: `${name}.example.com`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    reinvocationPolicy: 'IfNeeded',
    clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(caPem).toString('base64') },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
    namespaceSelector: { matchLabels: { 'warmpath.dev/inject': 'enabled' } },
  }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [webhook],
  }
}

function rewritten(review: string): string {
  const request = at(parseJson(review), 'request')
  const containers = listAt(request, 'object', 'spec', 'containers').map(withRole)
  const patch = [{ op: 'replace', path: '/spec/containers', value: containers }]
  const response = {
    uid: textAt(request, 'uid'),
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  }
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
}

const role = { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/models' }

function withRole(container: unknown): object {
  const env = listAt(container, 'env').filter((one) => textAt(one, 'name') !== role.name)
  return { ...(typeof container === 'object' ? container : {}), env: [...env, role] }
}
