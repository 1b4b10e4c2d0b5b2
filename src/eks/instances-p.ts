import { karpenterCatalogue, typesOf } from './instance-family.ts'
import type { InstanceType } from './instance-types.ts'
import type { Sourced } from './sourced.ts'

/**
 * Not in Karpenter's catalogue but for its bandwidth. GPU memory is 740 GB over 4, where AWS writes GB for GiB as it does
 * for p6-b200 (1432 GB are 8 of 183359 MiB). The driver of the AMI excludes MIG, and EFA devices depend on the launch template.
 */
const ultraServer: Sourced = {
  source:
    'awsdocs/amazon-eks-user-guide@00e3293 latest/ug/ml/ml-eks-nvidia-ultraserver.adoc; vCPUs and memory: ' +
    'aws.amazon.com/ec2/instance-types/p6 as quoted by takech9203/aws-news-summary 2026-05-06; bandwidth: ' +
    'aws/karpenter-provider-aws@1d92708 pkg/providers/instancetype/zz_generated.bandwidth.go',
  date: '2026-05-06',
}

// Columns: size, GPUs, vCPUs, memory in GiB, allocatable milli-CPUs and MiB, NVMe in GB, Mbit/s, EFA devices, USD an hour.

export const pInstanceTypes: readonly InstanceType[] = [
  ...typesOf(
    {
      category: 'p',
      family: 'p3dn',
      arch: 'amd64',
      gpuName: 'v100',
      gpuMemoryMiB: 32_768,
      mig: false,
      ...karpenterCatalogue,
    },
    [['24xlarge', 8, 96, 768, 95_690, 718_987, 1800, 100_000, 1, 31.212]],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p4d',
      arch: 'amd64',
      gpuName: 'a100',
      gpuMemoryMiB: 40_960,
      mig: true,
      ...karpenterCatalogue,
    },
    [['24xlarge', 8, 96, 1152, 95_690, 1_082_712, 8000, 400_000, 4, 21.957642]],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p4de',
      arch: 'amd64',
      gpuName: 'a100',
      gpuMemoryMiB: 81_920,
      mig: true,
      ...karpenterCatalogue,
    },
    [['24xlarge', 8, 96, 1152, 95_690, 1_082_712, 8000, 400_000, 4, 27.44705]],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p5',
      arch: 'amd64',
      gpuName: 'h100',
      gpuMemoryMiB: 81_920,
      mig: true,
      ...karpenterCatalogue,
    },
    [
      ['4xlarge', 1, 16, 256, 15_890, 240_830, 3800, 100_000, 1, 6.88],
      ['48xlarge', 8, 192, 2048, 191_450, 1_938_410, 30_400, 3_200_000, 32, 55.04],
    ],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p5e',
      arch: 'amd64',
      gpuName: 'h200',
      gpuMemoryMiB: 144_384,
      mig: true,
      ...karpenterCatalogue,
    },
    [['48xlarge', 8, 192, 2048, 191_450, 1_938_410, 30_400, 3_200_000, 32, undefined]],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p5en',
      arch: 'amd64',
      gpuName: 'h200',
      gpuMemoryMiB: 144_384,
      mig: true,
      ...karpenterCatalogue,
    },
    [['48xlarge', 8, 192, 2048, 191_450, 1_937_332, 30_400, 3_200_000, 16, 63.296]],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p6-b200',
      arch: 'amd64',
      gpuName: 'b200',
      gpuMemoryMiB: 183_359,
      mig: true,
      ...karpenterCatalogue,
    },
    [['48xlarge', 8, 192, 2048, 191_450, 1_937_332, 30_400, 3_200_000, 8, 113.9328]],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p6-b300',
      arch: 'amd64',
      gpuName: 'b300',
      gpuMemoryMiB: 275_040,
      mig: true,
      ...karpenterCatalogue,
    },
    [['48xlarge', 8, 192, 4096, 191_450, 3_877_198, 30_400, 6_400_000, 16, 142.416]],
  ),
  ...typesOf(
    {
      category: 'p',
      family: 'p6e-gb200',
      arch: 'arm64',
      gpuName: undefined,
      gpuMemoryMiB: 185 * 1024,
      mig: false,
      ...ultraServer,
    },
    [['36xlarge', 4, 144, 960, undefined, undefined, 22_500, 3_200_000, undefined, undefined]],
  ),
]
