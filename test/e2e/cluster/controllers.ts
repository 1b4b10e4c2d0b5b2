import { goBin } from '../parts/go-part.ts'
import { kubeControllerManager, kubeScheduler } from '../parts/kubernetes.ts'
import { kwok, kwokStages } from '../parts/kwok.ts'
import { requirePart } from '../parts/require-part.ts'
import type { Part } from '../parts/part.ts'
import { freePorts } from '../ports.ts'
import { type RunningProcess, startProcess } from '../process.ts'
import type { Authority } from './certificates.ts'

export interface ClusterAccess {
  readonly authority: Authority
  /** Path of a kubeconfig of a cluster administrator. */
  readonly kubeconfig: string
  readonly serviceAccountKey: string
}

/** Turns Deployments into pods and scales them; the HPA looks every second, not every 15. */
export function startControllerManager({
  authority,
  kubeconfig,
  serviceAccountKey,
}: ClusterAccess): Promise<RunningProcess> {
  return startServing(kubeControllerManager, {
    ...access(kubeconfig),
    'root-ca-file': authority.file,
    'service-account-private-key-file': serviceAccountKey,
    'use-service-account-credentials': true,
    'horizontal-pod-autoscaler-sync-period': '1s',
  })
}

export function startScheduler({ kubeconfig }: ClusterAccess): Promise<RunningProcess> {
  return startServing(kubeScheduler, access(kubeconfig))
}

/** Plays the kubelet of every node with the annotation `kwok.x-k8s.io/node: fake`: pods there run and are ready at once. */
export async function startKwok({ kubeconfig }: ClusterAccess): Promise<RunningProcess> {
  const cache = await requirePart(kwok)
  const [port = 0] = await freePorts(1)
  const args = [
    ...['--kubeconfig', kubeconfig],
    ...['--manage-nodes-with-annotation-selector', 'kwok.x-k8s.io/node=fake'],
    ...['--server-address', `127.0.0.1:${port}`],
    ...['--node-ip', '10.0.0.1', '--cidr', '10.128.0.0/16', '--node-lease-duration-seconds', '0'],
    ...kwokStages(cache).flatMap((file) => ['--config', file]),
  ]
  return startProcess({ name: 'kwok', program: goBin(cache, kwok), args })
}

const access = (kubeconfig: string): Options => ({
  kubeconfig,
  'authentication-kubeconfig': kubeconfig,
  'authorization-kubeconfig': kubeconfig,
  'leader-elect': false,
})

type Options = Readonly<Record<string, string | boolean>>

async function startServing(part: Part, options: Options): Promise<RunningProcess> {
  const cache = await requirePart(part)
  const [port = 0] = await freePorts(1)
  const all = { ...options, 'bind-address': '127.0.0.1', 'secure-port': port }
  const args = Object.entries(all).map(([name, value]) => `--${name}=${value}`)
  const process = await startProcess({ name: part.name, program: goBin(cache, part), args })
  await process.ready((log) => log.some((line) => line.includes('Serving securely')))
  return process
}
