import type { Needs } from '../src/eks/fit.ts'
import { parseQuantity } from '../src/kubernetes/quantity.ts'
import { gpuResource } from './gpu-request.ts'
import { instanceFact, nodeKeys } from './node-constraints.ts'
import type { ContainerView, PodView } from './pod-view.ts'

export const efaResource = 'vpc.amazonaws.com/efa'

type Containers = Pick<PodView, 'containers' | 'initContainers'>

/** What the pod asks of its node, at least: quantities that cannot be read and the overhead of a runtime class are left out. */
export function podNeeds(pod: Containers): Needs & { readonly cpuMilli: number; readonly memoryMiB: number } {
  const efas = podRequest(pod, efaResource)
  return {
    gpus: podRequest(pod, gpuResource),
    ...(efas > 0 && { efas }),
    cpuMilli: podRequest(pod, 'cpu') * 1000,
    memoryMiB: podRequest(pod, 'memory') / 2 ** 20,
  }
}

/** The same on the architecture that a pod means which names none: AWS's samples of node pools are for amd64. */
export const withArch = (needs: Needs, pod: PodView): Needs =>
  [...nodeKeys(pod)].some((key) => instanceFact(key) === 'arch') ? needs : { ...needs, arch: 'amd64' }

/**
 * The request that the scheduler counts (k8s.io/component-helpers v0.36 resource/helpers.go AggregateContainerRequests):
 * the containers and sidecars together, or an init container with the sidecars started before it if that is more.
 */
export function podRequest({ containers, initContainers }: Containers, resource: string): number {
  let sidecars = 0
  let starting = 0
  for (const container of initContainers) {
    const own = requestOf(container, resource)
    if (container.restartPolicy === 'Always') sidecars += own
    starting = Math.max(starting, container.restartPolicy === 'Always' ? sidecars : sidecars + own)
  }
  const running = containers.reduce((sum, container) => sum + requestOf(container, resource), sidecars)
  return Math.max(running, starting)
}

/** A limit is the request where none is written (kubernetes v1.36 pkg/apis/core/v1/defaults.go SetDefaults_Pod). */
function requestOf({ requests, limits }: ContainerView, resource: string): number {
  return Math.max(0, parseQuantity(requests[resource] ?? limits[resource]) ?? 0)
}
