/** How the nodes of a cluster came to be: which labels they carry (src/eks/platforms.ts). */
export type NodePlatform = 'auto-mode' | 'karpenter' | 'node-groups'

export interface InstanceShape {
  readonly type: string
  readonly gpus: number
  readonly gpuName?: string
  readonly efa: number
  readonly cpu: number
  readonly memoryGiB: number
}

/** Allocatable figures are the instance's own, less what the kubelet keeps; close enough to schedule by. */
export const instanceShapes = {
  'p5.48xlarge': { type: 'p5.48xlarge', gpus: 8, gpuName: 'h100', efa: 32, cpu: 191, memoryGiB: 1892 },
  'p4d.24xlarge': { type: 'p4d.24xlarge', gpus: 8, gpuName: 'a100', efa: 4, cpu: 95, memoryGiB: 1060 },
  'g6.12xlarge': { type: 'g6.12xlarge', gpus: 4, gpuName: 'l4', efa: 1, cpu: 47, memoryGiB: 174 },
  'm7i.4xlarge': { type: 'm7i.4xlarge', gpus: 0, efa: 0, cpu: 15, memoryGiB: 57 },
} as const satisfies Readonly<Record<string, InstanceShape>>

/** A Node that kwok keeps ready, with the labels, taint and devices of the instance on EKS. */
export function eksNode(name: string, shape: InstanceShape, platform: NodePlatform): object {
  const devices = {
    cpu: String(shape.cpu),
    memory: `${shape.memoryGiB}Gi`,
    pods: '100',
    ...(shape.gpus === 0 ? {} : { 'nvidia.com/gpu': String(shape.gpus) }),
    ...(shape.efa === 0 ? {} : { 'vpc.amazonaws.com/efa': String(shape.efa) }),
  }
  const taints = shape.gpus === 0 ? [] : [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }]
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': shape.type,
        'topology.kubernetes.io/region': 'us-east-1',
        'topology.kubernetes.io/zone': 'us-east-1a',
        ...platformLabels(shape, platform),
      },
    },
    spec: { taints },
    status: { allocatable: devices, capacity: devices },
  }
}

function platformLabels(
  { type, gpus, gpuName }: InstanceShape,
  platform: NodePlatform,
): Readonly<Record<string, string>> {
  if (platform === 'node-groups')
    return { 'eks.amazonaws.com/nodegroup': 'gpu', 'eks.amazonaws.com/capacityType': 'ON_DEMAND' }
  const prefix = platform === 'auto-mode' ? 'eks.amazonaws.com' : 'karpenter.k8s.aws'
  const [family = '', size = ''] = type.split('.')
  return {
    'karpenter.sh/nodepool': 'gpu',
    'karpenter.sh/capacity-type': 'on-demand',
    [`${prefix}/instance-category`]: /^[a-z]+/.exec(family)?.[0] ?? '',
    [`${prefix}/instance-family`]: family,
    [`${prefix}/instance-size`]: size,
    ...(gpuName === undefined
      ? {}
      : { [`${prefix}/instance-gpu-name`]: gpuName, [`${prefix}/instance-gpu-count`]: String(gpus) }),
    ...(platform === 'auto-mode' ? { 'eks.amazonaws.com/compute-type': 'auto' } : {}),
  }
}
