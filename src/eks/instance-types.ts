import type { Sourced } from './sourced.ts'

/** One EC2 instance type with NVIDIA GPUs. What the sources do not say is `undefined`, never 0. */
export interface InstanceType extends Sourced {
  readonly type: string
  /** The letters before the first digit of the name: `gr` for gr6.4xlarge, `p` for p6-b200.48xlarge. */
  readonly category: string
  readonly family: string
  readonly arch: Arch
  /** Value of the label `instance-gpu-name`. */
  readonly gpuName: string | undefined
  /** Whole GPUs, as `nvidia.com/gpu` counts them: 0 where the type has a fraction of one. */
  readonly gpus: number
  /** Per GPU, or of the fraction. */
  readonly gpuMemoryMiB: number | undefined
  readonly vCpus: number
  readonly memoryMiB: number
  /** What is left for pods; `undefined` where only a formula can tell (`allocatableOf`). */
  readonly allocatable: Allocatable | undefined
  /** Local disks together; 0 where there are none. */
  readonly localNvmeGb: number | undefined
  readonly networkMbps: number | undefined
  /** The most `vpc.amazonaws.com/efa` devices a node can have. */
  readonly efas: number | undefined
  readonly mig: boolean | undefined
  readonly price: Price | undefined
}

export type Arch = 'amd64' | 'arm64'

export interface Allocatable extends Sourced {
  readonly cpuMilli: number
  readonly memoryMiB: number
}

/** On demand, Linux. */
export interface Price extends Sourced {
  readonly usdPerHour: number
  readonly region: string
}
