import type { Sourced } from './sourced.ts'

/** What makes the nodes. `mixed` is Auto Mode and Karpenter in one cluster, with node pools that exclude each other. */
export const platformKinds = ['auto-mode', 'karpenter', 'node-groups', 'mixed'] as const
export type PlatformKind = (typeof platformKinds)[number]
/** What `mixed` consists of, and node groups. */
export const singlePlatforms = ['auto-mode', 'karpenter', 'node-groups'] as const
export type SinglePlatform = (typeof singlePlatforms)[number]

export function platformsIn(kind: PlatformKind): readonly SinglePlatform[] {
  return kind === 'mixed' ? ['auto-mode', 'karpenter'] : [kind]
}

/** Labels that Auto Mode and Karpenter put on nodes under prefixes of their own. */
export type InstanceLabel =
  | 'category'
  | 'family'
  | 'generation'
  | 'size'
  | 'cpu'
  | 'cpu-manufacturer'
  | 'memory'
  | 'network-bandwidth'
  | 'ebs-bandwidth'
  | 'hypervisor'
  | 'encryption-in-transit-supported'
  | 'gpu-name'
  | 'gpu-manufacturer'
  | 'gpu-count'
  | 'gpu-memory'
  | 'local-nvme'

export interface LabelPrefix extends Sourced {
  readonly platform: SinglePlatform
  readonly prefix: string
}

/** Node groups have no such labels: there a selector is a list of `node.kubernetes.io/instance-type`. */
export const labelPrefixes: readonly LabelPrefix[] = [
  {
    platform: 'auto-mode',
    prefix: 'eks.amazonaws.com/instance-',
    source: 'awsdocs/amazon-eks-user-guide@0138560 latest/ug/automode/create-node-pool.adoc',
    date: '2026-08-21',
  },
  {
    platform: 'karpenter',
    prefix: 'karpenter.k8s.aws/instance-',
    source: 'aws/karpenter-provider-aws@1d92708 pkg/apis/v1/labels.go',
    date: '2026-08-21',
  },
]

/** On nodes of every platform; Kubernetes sets it. */
export const instanceTypeLabel = 'node.kubernetes.io/instance-type'

/** The keys of a label, one for each platform that has it: `eks.amazonaws.com/instance-category`. */
export function instanceLabelKeys(kind: PlatformKind, label: InstanceLabel): readonly string[] {
  return labelPrefixes
    .filter(({ platform }) => platformsIn(kind).includes(platform))
    .map(({ prefix }) => `${prefix}${label}`)
}

/** Whose label a key is; `undefined` for a key that belongs to no platform. */
export function platformOfLabel(key: string): SinglePlatform | undefined {
  return labelPrefixes.find(({ prefix }) => key.startsWith(prefix))?.platform
}

export interface Quota extends Sourced {
  /** As Service Quotas calls it. */
  readonly name: string
  /** Of the instance types that it counts. */
  readonly categories: readonly string[]
  /** Of a new account. */
  readonly defaultVCpus: number
  /** What an account had after AWS raised the default with use; one p5.48xlarge is 192. */
  readonly observedVCpus: number
}

const quotaSource: Sourced = {
  source:
    'devfloor9/engineering-playbook@1d7ddc2 ' +
    'docs/agentic-ai-platform/model-serving/inference-frameworks/llm-d-eks-automode.md',
  date: '2026-08-21',
}

export const quotas: readonly Quota[] = [
  {
    name: 'Running On-Demand G and VT instances',
    categories: ['g', 'gr'],
    defaultVCpus: 0,
    observedVCpus: 64,
    ...quotaSource,
  },
  {
    name: 'Running On-Demand P instances',
    categories: ['p'],
    defaultVCpus: 0,
    observedVCpus: 384,
    ...quotaSource,
  },
]
