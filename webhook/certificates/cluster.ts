import {
  AdmissionregistrationV1Api,
  ApiException,
  CoordinationV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  V1MicroTime,
} from '@kubernetes/client-node'
import type { KubernetesClient } from '../../src/kubernetes/client.ts'
import { isPair, splitPem } from './issue.ts'
import type { LeaseRecord } from './lease.ts'
import type { StoredCertificates } from './rotation.ts'

export interface ClusterNames {
  readonly namespace: string
  /** Of the Secret, and of the Lease. */
  readonly secret: string
  readonly mutatingConfigurations: readonly string[]
  readonly validatingConfigurations: readonly string[]
}

export interface VersionedCertificates {
  readonly version: string
  /** Absent when the Secret lacks a part, as one that was made empty. */
  readonly stored: StoredCertificates | undefined
}

/** What the rotation keeps in the API server. Writes resolve to false when the object has changed since it was read. */
export interface CertificateCluster {
  readSecret(): Promise<VersionedCertificates | undefined>
  writeSecret(stored: StoredCertificates, version: string | undefined): Promise<boolean>
  readLease(): Promise<LeaseRecord | undefined>
  writeLease(
    holder: string,
    options: { readonly version: string | undefined; readonly leaseMs: number },
  ): Promise<boolean>
  /** Puts the authorities into every webhook of every configuration; resolves to the names of those that are missing. */
  trust(authorities: readonly string[]): Promise<readonly string[]>
}

export function createCertificateCluster(client: KubernetesClient, names: ClusterNames): CertificateCluster {
  const { namespace, secret: name } = names
  return {
    readSecret: () =>
      unlessMissing(client.api(CoreV1Api).readNamespacedSecret({ name, namespace }).then(toCertificates)),
    writeSecret(stored, version) {
      const data = toData(stored)
      const api = client.api(CoreV1Api)
      if (version === undefined)
        return unlessChanged(
          api.createNamespacedSecret({ namespace, body: { metadata: { name }, type: 'kubernetes.io/tls', data } }),
        )
      const body = { metadata: { resourceVersion: version }, data }
      return unlessChanged(api.patchNamespacedSecret({ name, namespace, body }, mergePatch))
    },
    readLease: () =>
      unlessMissing(
        client
          .api(CoordinationV1Api)
          .readNamespacedLease({ name, namespace })
          .then(({ metadata, spec }) => ({
            holder: spec?.holderIdentity ?? '',
            version: metadata?.resourceVersion ?? '',
          })),
      ),
    writeLease(holder, { version, leaseMs }) {
      const api = client.api(CoordinationV1Api)
      const spec = {
        holderIdentity: holder,
        leaseDurationSeconds: Math.ceil(leaseMs / 1000),
        renewTime: new V1MicroTime(),
      }
      if (version === undefined)
        return unlessChanged(api.createNamespacedLease({ namespace, body: { metadata: { name }, spec } }))
      const body = { metadata: { resourceVersion: version }, spec }
      return unlessChanged(api.patchNamespacedLease({ name, namespace, body }, mergePatch))
    },
    trust: (authorities) => trust(client, names, Buffer.from(authorities.join('')).toString('base64')),
  }
}

const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
/** Its list of webhooks is merged by their names, so that no index can be wrong by the time it is applied. */
const strategicPatch = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch)

async function trust(client: KubernetesClient, names: ClusterNames, caBundle: string): Promise<readonly string[]> {
  const api = client.api(AdmissionregistrationV1Api)
  const missing: string[] = []
  for (const name of names.mutatingConfigurations) {
    const found = await unlessMissing(api.readMutatingWebhookConfiguration({ name }))
    if (found === undefined) missing.push(name)
    const body = bundlePatch(found, caBundle)
    if (body !== undefined) await api.patchMutatingWebhookConfiguration({ name, body }, strategicPatch)
  }
  for (const name of names.validatingConfigurations) {
    const found = await unlessMissing(api.readValidatingWebhookConfiguration({ name }))
    if (found === undefined) missing.push(name)
    const body = bundlePatch(found, caBundle)
    if (body !== undefined) await api.patchValidatingWebhookConfiguration({ name, body }, strategicPatch)
  }
  return missing
}

interface Configuration {
  readonly metadata?: { readonly resourceVersion?: string }
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[]
}

function bundlePatch(configuration: Configuration | undefined, caBundle: string): object | undefined {
  const others = configuration?.webhooks?.filter(({ clientConfig }) => clientConfig.caBundle !== caBundle) ?? []
  if (others.length === 0) return undefined
  return {
    metadata: { resourceVersion: configuration?.metadata?.resourceVersion },
    webhooks: others.map(({ name }) => ({ name, clientConfig: { caBundle } })),
  }
}

/** Keys of a Secret of type kubernetes.io/tls, with what cert-manager calls the authority, and its key. */
const keys = { authorities: 'ca.crt', authorityKey: 'ca.key', certificate: 'tls.crt', key: 'tls.key' } as const

function toData({ authorities, authorityKey, certificate, key }: StoredCertificates): Record<string, string> {
  const encode = (text: string) => Buffer.from(text).toString('base64')
  return {
    [keys.authorities]: encode(authorities.join('')),
    [keys.authorityKey]: encode(authorityKey),
    [keys.certificate]: encode(certificate),
    [keys.key]: encode(key),
  }
}

function toCertificates(secret: {
  readonly metadata?: { readonly resourceVersion?: string }
  readonly data?: Readonly<Record<string, string>>
}): VersionedCertificates {
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString()
  const stored = {
    authorities: splitPem(text(keys.authorities)),
    authorityKey: text(keys.authorityKey),
    certificate: text(keys.certificate),
    key: text(keys.key),
  }
  const whole = stored.authorities.length > 0 && stored.authorityKey !== '' && isPair(stored)
  return { version: secret.metadata?.resourceVersion ?? '', stored: whole ? stored : undefined }
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

async function unlessChanged(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (statusOf(error) === 409) return false
    throw error
  }
}

const statusOf = (error: unknown): number | undefined => (error instanceof ApiException ? error.code : undefined)
