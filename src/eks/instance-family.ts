import type { Allocatable, Arch, InstanceType, Price } from './instance-types.ts'
import type { Sourced } from './sourced.ts'

/** What the sizes of a family have in common. */
export interface Family extends Sourced {
  readonly category: string
  readonly family: string
  readonly arch: Arch
  readonly gpuName: string | undefined
  readonly gpuMemoryMiB: number
  readonly mig: boolean
}

/** One size, in the order of the columns. */
export type Size = readonly [
  size: string,
  gpus: number,
  vCpus: number,
  memoryGiB: number,
  allocatableCpuMilli: number | undefined,
  allocatableMemoryMiB: number | undefined,
  localNvmeGb: number,
  networkMbps: number,
  efas: number | undefined,
  usdPerHour: number | undefined,
]

/**
 * Karpenter's generated catalogue: labels and resources of every type, for AL2023 without block device mappings.
 * MIG is by family: AWS names the families and tabulates their largest sizes only, and g7 needs NVIDIA driver 595 for it.
 */
export const karpenterCatalogue: Sourced = {
  source:
    'aws/karpenter-provider-aws@1d92708 website/content/en/v1.14/reference/instance-types.md; MIG: ' +
    'awsdocs/amazon-eks-user-guide@80436be latest/ug/ml/device-management-nvidia-mig.adoc',
  date: '2026-08-21',
}

const karpenterPrices = {
  region: 'us-east-1',
  source: 'aws/karpenter-provider-aws@1d92708 pkg/providers/pricing/zz_generated.pricing_aws.go',
  date: '2026-07-20',
} satisfies Omit<Price, 'usdPerHour'>

export function typesOf({ source, date, ...family }: Family, sizes: readonly Size[]): readonly InstanceType[] {
  return sizes.map(
    ([size, gpus, vCpus, memoryGiB, cpuMilli, memoryMiB, localNvmeGb, networkMbps, efas, usdPerHour]) => ({
      type: `${family.family}.${size}`,
      ...family,
      gpus,
      vCpus,
      memoryMiB: memoryGiB * 1024,
      allocatable: allocatable(cpuMilli, memoryMiB),
      localNvmeGb,
      networkMbps,
      efas,
      price: usdPerHour === undefined ? undefined : { usdPerHour, ...karpenterPrices },
      source,
      date,
    }),
  )
}

function allocatable(cpuMilli: number | undefined, memoryMiB: number | undefined): Allocatable | undefined {
  if (cpuMilli === undefined || memoryMiB === undefined) return undefined
  return { cpuMilli, memoryMiB, ...karpenterCatalogue }
}
