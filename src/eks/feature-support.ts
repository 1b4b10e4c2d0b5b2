import { platformsIn, type PlatformKind, type SinglePlatform } from './platforms.ts'
import type { Sourced } from './sourced.ts'

/** Whether a platform can do a thing that a pod may ask for. */
export interface FeatureSupport extends Sourced {
  readonly platform: SinglePlatform
  readonly feature: Feature
  readonly support: 'yes' | 'no' | 'partly'
  /** One sentence for whoever is told about it. */
  readonly note: string
}

export type Feature =
  | 'dra'
  | 'efa'
  | 'efa-dra'
  | 'mig'
  | 'time-slicing'
  | 'scheduler-name'
  | 'own-device-plugin'
  | 'custom-ami'

/** One row for each platform of the kind that has one; a missing row is unknown. */
export function featureSupport(kind: PlatformKind, feature: Feature): readonly FeatureSupport[] {
  const platforms = platformsIn(kind)
  return featureSupportRows.filter((row) => row.feature === feature && platforms.includes(row.platform))
}

const guide = 'awsdocs/amazon-eks-user-guide'
const date = '2026-08-21'
const draPage: Sourced = {
  source: `${guide}@43d79bd latest/ug/ml/device-management-nvidia-dra-device-plugin.adoc`,
  date,
}
const efaPage: Sourced = { source: `${guide}@43d79bd latest/ug/ml/device-management-efa.adoc`, date }
const migPage: Sourced = { source: `${guide}@80436be latest/ug/ml/device-management-nvidia-mig.adoc`, date }
const instancesPage: Sourced = { source: `${guide}@06faff1 latest/ug/automode/automode-learn-instances.adoc`, date }
const slicingPage: Sourced = {
  source: `${guide}@4aea692 latest/ug/ml/device-management-nvidia-time-slicing.adoc`,
  date,
}
const featureRequests: Sourced = {
  source: 'devfloor9/engineering-playbook@1d7ddc2 _reference/pfr-eks-gpu-inference.md',
  date,
}

const none = 'the driver does not run there, so the claim is never allocated'
const staticOnly = 'only on static capacity: dynamic provisioning skips pods with claims (karpenter-provider-aws#9519)'

export const featureSupportRows: readonly FeatureSupport[] = [
  { platform: 'auto-mode', feature: 'dra', support: 'no', note: none, ...draPage },
  { platform: 'karpenter', feature: 'dra', support: 'partly', note: staticOnly, ...draPage },
  { platform: 'node-groups', feature: 'dra', support: 'yes', note: 'from Kubernetes 1.34 on', ...draPage },
  { platform: 'auto-mode', feature: 'efa-dra', support: 'no', note: none, ...efaPage },
  { platform: 'karpenter', feature: 'efa-dra', support: 'partly', note: staticOnly, ...efaPage },
  { platform: 'node-groups', feature: 'efa-dra', support: 'yes', note: 'from Kubernetes 1.34 on', ...efaPage },
  { platform: 'auto-mode', feature: 'efa', support: 'yes', note: 'by the EFA device plugin', ...efaPage },
  { platform: 'karpenter', feature: 'efa', support: 'yes', note: 'by the EFA device plugin', ...efaPage },
  {
    platform: 'node-groups',
    feature: 'efa',
    support: 'yes',
    note: 'interfaces come from the launch template',
    ...efaPage,
  },
  { platform: 'auto-mode', feature: 'mig', support: 'no', note: 'the device plugin cannot be configured', ...migPage },
  { platform: 'karpenter', feature: 'mig', support: 'yes', note: 'a mixed strategy needs AL2023', ...migPage },
  { platform: 'node-groups', feature: 'mig', support: 'yes', note: 'a mixed strategy needs AL2023', ...migPage },
  {
    platform: 'auto-mode',
    feature: 'time-slicing',
    support: 'no',
    note: 'the device plugin cannot be configured',
    ...slicingPage,
  },
  {
    platform: 'karpenter',
    feature: 'time-slicing',
    support: 'partly',
    note: 'only on static capacity',
    ...slicingPage,
  },
  { platform: 'node-groups', feature: 'time-slicing', support: 'yes', note: 'by the device plugin', ...slicingPage },
  { platform: 'auto-mode', feature: 'custom-ami', support: 'no', note: 'AWS determines the image', ...instancesPage },
  {
    platform: 'auto-mode',
    feature: 'scheduler-name',
    support: 'no',
    note: 'reported once: kai-scheduler was ignored and the pod stayed pending',
    ...featureRequests,
  },
  {
    platform: 'auto-mode',
    feature: 'own-device-plugin',
    support: 'no',
    note: 'one is built in; a second makes nvidia.com/gpu 0 unless the node says nvidia.com/gpu.deploy.device-plugin=false',
    ...featureRequests,
  },
]
