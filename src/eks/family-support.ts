import type { SinglePlatform } from './platforms.ts'
import type { Sourced } from './sourced.ts'

/** Whether a platform makes nodes of an instance family. A family without a row is unknown. */
export interface FamilySupport extends Sourced {
  readonly platform: SinglePlatform
  readonly family: string
  readonly support: 'listed' | 'unlisted'
  /** What was seen, which may contradict the list. */
  readonly reports: readonly SupportReport[]
}

export interface SupportReport extends Sourced {
  readonly outcome: 'works' | 'fails' | 'doubtful'
  readonly text: string
}

// The page says "EKS Auto Mode supports the following instance types", with families and without sizes.
const autoModeList: Sourced = {
  source: 'awsdocs/amazon-eks-user-guide@06faff1 latest/ug/automode/automode-learn-instances.adoc',
  date: '2026-08-21',
}

// AMIs are what node groups and Karpenter nodes run; g7 needs driver 595 and they have 580, so it takes a custom AMI.
const amiList: Sourced = {
  source: 'awsdocs/amazon-eks-user-guide@07d09a0 latest/ug/ml/ml-eks-optimized-ami.adoc',
  date: '2026-08-21',
}

const g7Driver: SupportReport = {
  outcome: 'doubtful',
  text: 'needs NVIDIA driver 595, the EKS-optimized AMIs have 580: build a custom AMI',
  source: 'awsdocs/amazon-eks-user-guide@80436be latest/ug/ml/device-management-nvidia-mig.adoc',
  date: '2026-08-21',
}

const ultraServer: Sourced = {
  source: 'awsdocs/amazon-eks-user-guide@00e3293 latest/ug/ml/ml-eks-nvidia-ultraserver.adoc',
  date: '2026-08-21',
}

/** The stack guide in its revision of March and April 2026, which the playbook of August 2026 contradicts in part. */
const guide: Sourced = {
  source:
    'devfloor9/engineering-playbook, stack guide of 2026-03/04; kept in @1d7ddc2 _reference/pfr-eks-gpu-inference.md',
  date: '2026-04-01',
}

const playbook: Sourced = {
  source:
    'devfloor9/engineering-playbook@1d7ddc2 ' +
    'docs/agentic-ai-platform/model-serving/inference-frameworks/llm-d-eks-automode.md',
  date: '2026-08-21',
}

const autoModeReports: Readonly<Record<string, readonly SupportReport[]>> = {
  p5: [{ outcome: 'works', text: 'a p5.48xlarge on Spot was provisioned in us-east-2', ...playbook }],
  p5en: [{ outcome: 'doubtful', text: 'dry run passes, matching an offering may fail', ...playbook }],
  'p6-b200': [
    { outcome: 'fails', text: 'failed with NoCompatibleInstanceTypes although the dry run passed', ...guide },
    { outcome: 'works', text: 'supported since 2026-04-10 if the NodePool names the family p6-b200', ...playbook },
  ],
}

const autoModeListed = 'p6-b200 p6-b300 p5 p5e p5en p4d p4de p3dn g7e g6 gr6 g6e g5g g5 g4dn g4ad'.split(' ')
const autoModeUnlisted = ['g7', 'g6f', 'gr6f', 'p6e-gb200']
const amiListed = 'p6-b300 p6-b200 p5 p5e p5en p4d p4de p3dn g7e gr6 g6 g6e g6f gr6f g5 g4dn g5g'.split(' ')

export const familySupportRows: readonly FamilySupport[] = [
  ...rows('auto-mode', 'listed', autoModeListed, autoModeList),
  ...rows('auto-mode', 'unlisted', autoModeUnlisted, autoModeList),
  ...rows('karpenter', 'listed', amiListed, amiList),
  ...rows('node-groups', 'listed', amiListed, amiList),
  { platform: 'karpenter', family: 'g7', support: 'unlisted', reports: [g7Driver], ...amiList },
  { platform: 'node-groups', family: 'g7', support: 'unlisted', reports: [g7Driver], ...amiList },
  { platform: 'karpenter', family: 'p6e-gb200', support: 'unlisted', reports: [], ...ultraServer },
  { platform: 'node-groups', family: 'p6e-gb200', support: 'listed', reports: [], ...ultraServer },
]

function rows(
  platform: SinglePlatform,
  support: FamilySupport['support'],
  families: readonly string[],
  sourced: Sourced,
): readonly FamilySupport[] {
  return families.map((family) => ({
    platform,
    family,
    support,
    reports: platform === 'auto-mode' ? (autoModeReports[family] ?? []) : [],
    ...sourced,
  }))
}
