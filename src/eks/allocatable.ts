import type { Arch, InstanceType } from './instance-types.ts'

/** Milli-CPUs and MiB that pods can have on a node, as published or, where nothing is, by `estimateAllocatable`. */
export function allocatableOf(type: InstanceType): { readonly cpuMilli: number; readonly memoryMiB: number } {
  return type.allocatable ?? estimateAllocatable(type)
}

/**
 * Karpenter's rule for AL2023 with its default settings (karpenter-provider-aws v1.14 pkg/providers/instancetype/types.go:
 * memory, kubeReservedResources, evictionThreshold): 7.5 % of the memory goes to the hypervisor, 255 MiB and 11 MiB for
 * each pod the node may hold to the kubelet, 100 MiB to the eviction threshold; of the CPUs 6 % of the first, 1 % of
 * the second, 0.5 % of the next two and 0.25 % of the others.
 * `maxPods` follows from network interfaces, of which the catalogue has no record; the default is the kubelet's own 110,
 * also the bound of Auto Mode. A node that may hold more pods has 11 MiB less for each.
 */
export function estimateAllocatable(
  { vCpus, memoryMiB, arch }: { readonly vCpus: number; readonly memoryMiB: number; readonly arch: Arch },
  maxPods = 110,
): { readonly cpuMilli: number; readonly memoryMiB: number } {
  // Graviton sets 64 MiB of contiguous memory aside (types.go memory).
  const offered = arch === 'arm64' ? memoryMiB - 64 : memoryMiB
  const capacity = offered - Math.ceil(offered * 0.075)
  return {
    cpuMilli: vCpus * 1000 - reservedCpuMilli(vCpus * 1000),
    memoryMiB: Math.max(0, capacity - (255 + 11 * maxPods) - 100),
  }
}

const cpuSteps = [
  { from: 0, to: 1000, share: 0.06 },
  { from: 1000, to: 2000, share: 0.01 },
  { from: 2000, to: 4000, share: 0.005 },
  { from: 4000, to: Infinity, share: 0.0025 },
]

function reservedCpuMilli(cpuMilli: number): number {
  const parts = cpuSteps.map(({ from, to, share }) => Math.floor(Math.max(0, Math.min(cpuMilli, to) - from) * share))
  return parts.reduce((sum, part) => sum + part, 0)
}
