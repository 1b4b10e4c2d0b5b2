import { parseQuantity } from '../src/kubernetes/quantity.ts'
import type { ContainerView, PodView } from './pod-view.ts'

/** What a container asks of NVIDIA GPUs. A claim says nothing of its kind: it may be a GPU, a network card, anything. */
export type GpuRequest =
  /** Whole GPUs of the device plugin. */
  | { readonly kind: 'gpus'; readonly count: number }
  /** Slices of one GPU, e.g. `nvidia.com/mig-1g.10gb`. */
  | { readonly kind: 'mig'; readonly resource: string; readonly count: number }
  /** Dynamic resource allocation: names of `spec.resourceClaims`. */
  | { readonly kind: 'claims'; readonly names: readonly string[] }

export const gpuResource = 'nvidia.com/gpu'

/** Every request of the container; a request counts without a limit, though the API server then refuses the pod. */
export function gpuRequestsOf(container: ContainerView): readonly GpuRequest[] {
  const asked = { ...container.requests, ...container.limits }
  const requests: GpuRequest[] = []
  for (const [resource, quantity] of Object.entries(asked)) {
    const count = parseQuantity(quantity) ?? 0
    if (count <= 0) continue
    if (resource === gpuResource) requests.push({ kind: 'gpus', count })
    if (migResource.test(resource)) requests.push({ kind: 'mig', resource, count })
  }
  return container.claims.length === 0 ? requests : [...requests, { kind: 'claims', names: container.claims }]
}

const migResource = /^nvidia\.com\/mig-/

/** An accelerator of another maker that the container asks for: no vLLM of ours to place. */
export function foreignAccelerator({ requests, limits }: ContainerView): string | undefined {
  return Object.keys({ ...requests, ...limits }).find((resource) => foreign.test(resource))
}

/** TPU, Neuron, Gaudi, Intel XPU, AMD, and vendors seen in manifests of KServe and llm-d (2026-08). */
const foreign =
  /^(google\.com\/tpu|aws\.amazon\.com\/neuron.*|habana\.ai\/gaudi|gpu\.intel\.com\/.+|amd\.com\/gpu|huawei\.com\/.+|furiosa\.ai\/.+)$/

/** Whether a container of the pod asks for GPUs or any claim, or the pod has claims at all. */
export function wantsDevices({ containers, initContainers, resourceClaims }: PodView): boolean {
  return resourceClaims.length > 0 || [...containers, ...initContainers].some((one) => gpuRequestsOf(one).length > 0)
}
