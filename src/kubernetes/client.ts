import { existsSync } from 'node:fs'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { type ApiConstructor, type ApiType, type Cluster, KubeConfig } from '@kubernetes/client-node'
import { KubernetesError } from './kubernetes-error.ts'

export type KubernetesAccess =
  /** As the service account of this pod; `root` comes before its paths, for tests. */
  | { readonly kind: 'in-cluster'; readonly root?: string }
  /** `context` is the current one of the file by default. */
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly context?: string }

export interface GetOptions {
  readonly query: URLSearchParams
  /** Ends the request, and its answer while that is being read. */
  readonly signal: AbortSignal
}

export interface KubernetesClient {
  readonly server: string
  /** Of the kubeconfig's context, or of this pod. */
  readonly namespace: string | undefined
  /** Resolves with the head of any answer; who asked reads its body or destroys it. Rejects with a KubernetesError. */
  get(path: string, options: GetOptions): Promise<IncomingMessage>
  /** A typed client of the library, such as `CoreV1Api`. */
  api<T extends ApiType>(type: ApiConstructor<T>): T
}

/**
 * Reads a kubeconfig or the pod's service account. Throws KUBERNETES_CONFIG.
 *
 * TLS, client certificates, tokens, exec plug-ins and proxies are the library's. It reads a token file again after a
 * minute, and keeps the first client certificate for its life; so after a 401 or a failed connection everything is read
 * anew, which also follows a kubeconfig that was written anew.
 */
export function createKubernetesClient(access: KubernetesAccess): KubernetesClient {
  let config: KubeConfig | undefined = loadConfig(access)
  const current = (): KubeConfig => (config ??= loadConfig(access))
  const context = config.getContextObject(config.getCurrentContext())
  return {
    server: clusterOf(config, access).server,
    namespace: context?.namespace,
    async get(path, options) {
      const used = current()
      const forget = () => {
        if (config === used) config = undefined
      }
      try {
        const response = await send(used, `${clusterOf(used, access).server}${path}`, options)
        if (response.statusCode === 401) forget()
        return response
      } catch (cause) {
        forget()
        throw connectionError(`Cannot ask ${path}`, cause)
      }
    },
    api: (type) => current().makeApiClient(type),
  }
}

export function connectionError(what: string, cause: unknown): KubernetesError {
  if (cause instanceof KubernetesError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new KubernetesError('KUBERNETES_CONNECTION', `${what}: ${message}, expected an answer of the API server`, {
    cause,
  })
}

/** Silence after which TCP asks whether the peer is alive, as client-go does (client-go v0.36, transport/cache.go). */
const KEEP_ALIVE_MS = 30_000

async function send(config: KubeConfig, address: string, { query, signal }: GetOptions): Promise<IncomingMessage> {
  const options: https.RequestOptions = { headers: { accept: 'application/json', 'user-agent': 'warmpath' } }
  await orAborted(config.applyToHTTPSOptions(options), signal)
  const request = (address.startsWith('https:') ? https : http).request(`${address}?${query.toString()}`, options)
  request.setSocketKeepAlive(true, KEEP_ALIVE_MS)
  return new Promise((resolve, reject) => {
    const stop = () => request.destroy(abortError(signal))
    signal.addEventListener('abort', stop, { once: true })
    request.once('close', () => signal.removeEventListener('abort', stop))
    request.on('error', reject)
    request.once('response', resolve)
    request.end()
  })
}

/** A plug-in that gives credentials may hang; nobody should have to wait for it. */
function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(abortError(signal))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function abortError({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

function loadConfig(access: KubernetesAccess): KubeConfig {
  const config = new KubeConfig()
  if (access.kind === 'in-cluster') loadFromPod(config, access.root ?? '')
  else loadFromFile(config, access.path)
  if (access.kind === 'kubeconfig' && access.context !== undefined) config.setCurrentContext(access.context)
  const cluster = clusterOf(config, access)
  // Without a user the library leaves out the cluster's certificate authority too.
  if (config.getCurrentUser() === null)
    throw wrongConfig(access, `context "${config.getCurrentContext()}" names a user that is not there`)
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw wrongConfig(
      access,
      `server ${cluster.server} is not https; for a server without TLS say insecure-skip-tls-verify: true`,
    )
  return config
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The library itself reads KUBERNETES_SERVICE_HOST and _PORT, which the kubelet sets in every pod. */
function loadFromPod(config: KubeConfig, root: string): void {
  const missing = ['token', 'ca.crt'].map((name) => join(root, SERVICE_ACCOUNT, name)).find((path) => !existsSync(path))
  if (missing !== undefined)
    throw new KubernetesError(
      'KUBERNETES_CONFIG',
      `Cannot use the service account of this pod: no file ${missing}; outside of a pod give a kubeconfig, inside one leave automountServiceAccountToken on`,
    )
  config.loadFromCluster(root)
}

function loadFromFile(config: KubeConfig, path: string): void {
  try {
    config.loadFromFile(path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KubernetesError(
      'KUBERNETES_CONFIG',
      `Cannot read kubeconfig ${path}: ${why}; expected a file that "kubectl --kubeconfig ${path} cluster-info" accepts`,
      { cause },
    )
  }
}

function clusterOf(config: KubeConfig, access: KubernetesAccess): Cluster {
  const wanted = config.getCurrentContext()
  const names = config.getContexts().map(({ name }) => name)
  if (!names.includes(wanted))
    throw wrongConfig(access, `context "${wanted}" is not there, expected one of ${names.join(', ') || '(no context)'}`)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw wrongConfig(access, `context "${wanted}" names a cluster that is not there`)
  if (!URL.canParse(cluster.server) || !/^https?:/.test(cluster.server))
    throw wrongConfig(access, `server "${cluster.server}", expected a URL such as https://10.0.0.1:6443`)
  return cluster
}

function wrongConfig(access: KubernetesAccess, problem: string): KubernetesError {
  const where =
    access.kind === 'kubeconfig'
      ? `kubeconfig ${access.path}`
      : 'the service account of this pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT)'
  return new KubernetesError('KUBERNETES_CONFIG', `Cannot use ${where}: ${problem}`)
}
