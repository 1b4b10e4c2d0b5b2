import { parseQuantity } from '../../src/kubernetes/quantity.ts'
import { brief } from '../finding-text.ts'
import { gpuResource } from '../gpu-request.ts'
import { efaResource } from '../pod-resources.ts'
import type { ContainerView } from '../pod-view.ts'
import { defineRule } from '../rule.ts'

export const gpuLimit = defineRule({
  id: 'gpu-limit',
  doc: 'A GPU, MIG or EFA request has no limit, or request and limit are not the same whole number: the API server refuses the pod. Write the limit alone.',
  severity: 'refuse',
  check: ({ pod }) => [...pod.containers, ...pod.initContainers].flatMap(faultsOf),
})

/** kubernetes v1.36 pkg/apis/core/validation/validation.go ValidateContainerResourceRequirements, on extended resources. */
function faultsOf({ name, requests, limits }: ContainerView): readonly string[] {
  const resources = Object.keys({ ...requests, ...limits }).filter((resource) => isDevice(resource))
  return resources.flatMap((resource) => {
    const fault = faultOf(parse(requests, resource), parse(limits, resource))
    return fault === undefined ? [] : [`container ${brief(name, 24)}: ${brief(resource, 32)} ${fault}`]
  })
}

function faultOf(request: number | undefined, limit: number | undefined): string | undefined {
  if (limit === undefined) return request === undefined ? undefined : 'has a request and no limit'
  if (!Number.isInteger(limit)) return `limit ${limit} is no whole number`
  return request === undefined || request === limit ? undefined : `request ${request} differs from limit ${limit}`
}

const parse = (quantities: ContainerView['limits'], resource: string): number | undefined =>
  parseQuantity(quantities[resource])

const isDevice = (resource: string): boolean =>
  resource === gpuResource || resource === efaResource || resource.startsWith('nvidia.com/mig-')
