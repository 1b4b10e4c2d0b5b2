import { Agent, type AgentOptions, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import { realClock } from '../../src/clock.ts'
import { type JsonObject, parseJson } from '../../src/kubernetes/json.ts'
import { listenTls, type TlsListener } from '../../src/net/http-server.ts'
import { createWebhook, type WebhookOptions } from '../../webhook/create-webhook.ts'
import { type SelfSigned, selfSigned } from '../../webhook/certificates/self-signed.ts'
import { webhookSettings } from './webhook-settings.ts'
import { recordLog, type RecordedLog } from './recorded-log.ts'

export const defaultSettings = webhookSettings()

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

export interface PostOptions {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
  readonly method?: string
}

export interface WebhookHarness {
  readonly url: string
  readonly identity: SelfSigned
  readonly listener: TlsListener
  readonly registry: Registry
  readonly recorded: RecordedLog
  /** A client that trusts the certificate and keeps its connections. */
  agent(options?: AgentOptions): Agent
  post(body: string | Buffer | JsonObject, options?: PostOptions): Promise<Answered>
  metric(line: string): Promise<boolean>
}

export const newIdentity = (): Promise<SelfSigned> => selfSigned(['localhost', '127.0.0.1'], Date.now())

/** The webhook over TLS on loopback, until the test ends. */
export async function startWebhook(
  t: Test,
  options: Partial<WebhookOptions> & { readonly clientCa?: string } = {},
): Promise<WebhookHarness> {
  const registry = new Registry()
  const recorded = recordLog()
  const identity = await newIdentity()
  const webhook = createWebhook({
    core: { settings: defaultSettings },
    registry,
    clock: realClock,
    log: recorded.log,
    maxBodyBytes: 7 * 2 ** 20,
    maxDeadlineMs: 10_000,
    stopping: new AbortController().signal,
    secondsLeft: () => undefined,
    ...options,
  })
  const { clientCa } = options
  const listener = await listenTls(webhook.app, { host: '127.0.0.1', port: 0, pair: identity, clientCa })
  const agents: Agent[] = []
  t.teardown(async () => {
    for (const agent of agents) agent.destroy()
    await listener.close(AbortSignal.abort())
  })
  const agent = (more: AgentOptions = {}): Agent => {
    const made = new Agent({ keepAlive: true, ca: identity.authority, ...more })
    agents.push(made)
    return made
  }
  const usual = agent()
  const { url } = listener
  return {
    ...{ url, identity, listener, registry, recorded, agent },
    post: (body, more) => postReview(url, body, { agent: usual, ...more }),
    metric: async (line) => (await registry.metrics()).split('\n').includes(line),
  }
}

export function postReview(url: string, body: string | Buffer | JsonObject, options: PostOptions & { agent: Agent }) {
  const { path = '/mutate/pods', headers = { 'content-type': 'application/json' }, agent, method = 'POST' } = options
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return new Promise<Answered>((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { method, headers, agent }, (response) => {
      text(response).then(
        (content) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parseJson(content) ?? content }),
        reject,
      )
    })
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

/** A pod that the default mutations change. */
export const vllmPod: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'llama-0', namespace: 'inference' },
  spec: {
    containers: [
      {
        name: 'vllm',
        image: 'vllm/vllm-openai:v0.11.0',
        command: ['vllm', 'serve', 'Qwen/Qwen3-32B'],
        resources: { limits: { 'nvidia.com/gpu': '1' } },
      },
    ],
  },
}

/** As kube-apiserver v1.36 sends it, less what is not read. */
export function podReview(object: unknown, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'inference',
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object,
      oldObject: null,
      dryRun: false,
      ...more,
    },
  }
}
