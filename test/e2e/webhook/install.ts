import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listAt, textAt } from '../../../src/kubernetes/json.ts'
import type { ControlPlane } from '../cluster/control-plane.ts'
import { pause, type RunningProcess, startProcess } from '../process.ts'

const manifests = fileURLToPath(new URL('../../../manifests', import.meta.url))

export const configurations = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'] as const
const name = 'warmpath-webhook'

/** Applies an overlay of ours as users do, with its Service leading to `port` on this machine. */
export async function applyOverlay({ folder, kubectl }: ControlPlane, overlay: string, port: number): Promise<void> {
  const place = join(folder, `overlay-${overlay}`)
  await mkdir(place, { recursive: true })
  const replaceAll = (count: number): string =>
    JSON.stringify(
      Array.from({ length: count }, (_, i) => ({
        op: 'replace',
        path: `/webhooks/${i}/clientConfig/service/port`,
        value: port,
      })),
    )
  const external = { type: 'ExternalName', externalName: 'localhost', ports: [{ port, protocol: 'TCP' }] }
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(place, join(manifests, 'overlays', overlay))],
    patches: [
      { target: { kind: 'Service', name }, patch: JSON.stringify([{ op: 'replace', path: '/spec', value: external }]) },
      { target: { kind: 'MutatingWebhookConfiguration', name }, patch: replaceAll(3) },
      { target: { kind: 'ValidatingWebhookConfiguration', name }, patch: replaceAll(3) },
    ],
  }
  await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization))
  await kubectl(['apply', '--kustomize', place])
}

/** The user that the manifests give rights to, as the API server names it. */
export const serviceAccount = 'system:serviceaccount:warmpath-system:warmpath-webhook'

export interface WebhookProcess {
  readonly adminUrl: string
  readonly process: RunningProcess
}

/** `warmpath webhook` on `port` with the rights that the manifests give its pods; resolves when it is ready. */
export async function startWebhook(
  cluster: ControlPlane,
  port: number,
  more: readonly string[] = [],
): Promise<WebhookProcess> {
  const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
  const kubeconfig = await cluster.kubeconfigFor(serviceAccount)
  const args = [
    ...[main, 'webhook', '--host', '127.0.0.1', '--port', String(port)],
    ...['--admin-host', '127.0.0.1', '--admin-port', '0', '--drain', '100ms'],
    ...['--tls-secret', 'warmpath-webhook-tls', '--namespace', 'warmpath-system', '--kubeconfig', kubeconfig],
    ...more,
  ]
  const process = await startProcess({ name: 'warmpath webhook', program: globalThis.process.execPath, args })
  let adminUrl = ''
  await process.ready(async (log) => {
    adminUrl = /admin listening on (\S+)/.exec(log.join('\n'))?.[1] ?? ''
    return adminUrl !== '' && (await fetch(`${adminUrl}/readyz`)).ok
  })
  return { adminUrl, process }
}

/** Resolves when both configurations trust somebody. */
export async function untilTrusted({ get }: ControlPlane): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const found = await Promise.all(configurations.map((kind) => get(kind, name)))
    const webhooks = found.flatMap((one) => listAt(one, 'webhooks'))
    if (webhooks.every((one) => textAt(one, 'clientConfig', 'caBundle') !== undefined)) return
    if (performance.now() > deadline) throw new Error('the configurations got no caBundle within 60 s')
    await pause(200)
  }
}
