import { fit } from '../src/eks/fit.ts'
import { instanceLabelKeys, instanceTypeLabel } from '../src/eks/platforms.ts'
import { parseQuantity } from '../src/kubernetes/quantity.ts'
import { gpuRequestsOf } from './gpu-request.ts'
import type { PodView } from './pod-view.ts'
import type { WebhookSettings } from './settings.ts'

/** One requirement of a node selector term. */
export interface Alternative {
  readonly key: string
  readonly values: readonly string[]
}

/** Requirements of which any one will do, in the order they are to be tried; none if no type is known that fits. */
export function alternativesFor(pod: PodView, settings: WebhookSettings): readonly Alternative[] {
  const { platform, category, families } = settings
  if (platform === 'node-groups') return instanceTypes(pod, settings)
  if (families.length === 0) return instanceLabelKeys(platform, 'category').map((key) => ({ key, values: [category] }))
  const keys = instanceLabelKeys(platform, 'family')
  return families.flatMap((family) => keys.map((key) => ({ key, values: [family] })))
}

/** The same choice in as few alternatives as it can be said in; the order is lost. */
export function withoutOrder(alternatives: readonly Alternative[]): readonly Alternative[] {
  const keys = [...new Set(alternatives.map(({ key }) => key))]
  return keys.map((key) => ({
    key,
    values: alternatives.filter((one) => one.key === key).flatMap((one) => one.values),
  }))
}

/**
 * Nodes of node groups have no label of category or family (eks user guide, 2024-12). Nobody tries their terms in order:
 * kube-scheduler and the autoscaler take any, so that one list is enough.
 */
function instanceTypes(pod: PodView, settings: WebhookSettings): readonly Alternative[] {
  const { catalogue, category, families } = settings
  const requests = pod.containers.flatMap(gpuRequestsOf)
  const gpus = requests.reduce((sum, request) => sum + (request.kind === 'gpus' ? request.count : 0), 0)
  const efas = sumOf(pod, 'vpc.amazonaws.com/efa')
  const mig = requests.some(({ kind }) => kind === 'mig')
  const arch = pod.nodeSelector['kubernetes.io/arch'] === 'arm64' ? 'arm64' : 'amd64'
  const among = families.length === 0 ? { categories: [category] } : { families }
  const found = fit(catalogue, { gpus, efas, mig, arch }, { platform: 'node-groups', ...among })
  return found.kind === 'fits' ? [{ key: instanceTypeLabel, values: found.types.map(({ type }) => type) }] : []
}

function sumOf({ containers }: PodView, resource: string): number {
  const amounts = containers.map(({ requests, limits }) => parseQuantity(limits[resource] ?? requests[resource]) ?? 0)
  return amounts.reduce((sum, amount) => sum + amount, 0)
}
