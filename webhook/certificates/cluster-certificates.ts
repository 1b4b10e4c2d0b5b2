import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock } from '../../src/clock.ts'
import { ConfigError } from '../../src/errors.ts'
import type { Log } from '../../src/telemetry/log.ts'
import type { KeyPair } from '../../src/net/http-server.ts'
import { type Rotator, startRotator } from './rotator.ts'

export interface ClusterCertificatesOptions {
  /** `undefined` = the service account of this pod. */
  readonly kubeconfig: string | undefined
  /** `undefined` = that of the pod or of the kubeconfig's context. */
  readonly namespace: string | undefined
  readonly secret: string
  readonly serviceName: string
  readonly mutatingConfigurations: readonly string[]
  readonly validatingConfigurations: readonly string[]
  readonly clock: Clock
  readonly wallMs: () => number
  readonly log: Log
  readonly onPair: (pair: KeyPair) => void
  readonly onFailure: () => void
}

/** Starts to keep certificates in the cluster. The library for it takes half a second to load, which only this needs. */
export async function startClusterCertificates(options: ClusterCertificatesOptions): Promise<Rotator> {
  const { kubeconfig, secret, serviceName, mutatingConfigurations, validatingConfigurations } = options
  const [{ createKubernetesClient }, { createCertificateCluster }] = await Promise.all([
    import('../../src/kubernetes/client.ts'),
    import('./cluster.ts'),
  ])
  const client = createKubernetesClient(
    kubeconfig === undefined ? { kind: 'in-cluster' } : { kind: 'kubeconfig', path: kubeconfig },
  )
  const namespace = options.namespace ?? client.namespace
  if (namespace === undefined)
    throw new ConfigError([{ path: 'namespace', value: 'none', expected: 'the namespace of --tls-secret' }])
  const names = { namespace, secret, mutatingConfigurations, validatingConfigurations }
  return startRotator({
    ...options,
    cluster: createCertificateCluster(client, names),
    hosts: serviceHosts(serviceName, namespace),
    identity: `${hostname()}_${randomUUID()}`,
  })
}

/** The API server asks for `<service>.<namespace>.svc` (kubernetes v1.36 apiserver pkg/util/webhook/client.go). */
const serviceHosts = (service: string, namespace: string): readonly string[] =>
  ['', '.cluster.local'].map((suffix) => `${service}.${namespace}.svc${suffix}`)
