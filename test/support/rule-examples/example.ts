import type { JsonObject } from '../../../src/kubernetes/json.ts'
import type { WebhookSettings } from '../../../webhook/settings.ts'
import type { PodFacts } from '../vllm-pods.ts'

/** A pod and what one rule says of it, without the rule's id in front. */
export interface RuleExample {
  readonly name: string
  readonly kind: 'violates' | 'near miss' | 'unknown'
  readonly pod: PodFacts
  readonly on?: Partial<WebhookSettings>
  readonly says?: readonly string[]
}

export const violates = (
  name: string,
  pod: PodFacts,
  says: string,
  on: Partial<WebhookSettings> = {},
): RuleExample => ({
  name,
  kind: 'violates',
  pod,
  says: [says],
  on,
})
export const nearMiss = (name: string, pod: PodFacts, on: Partial<WebhookSettings> = {}): RuleExample => ({
  name,
  kind: 'near miss',
  pod,
  on,
})
export const unknown = (name: string, pod: PodFacts, on: Partial<WebhookSettings> = {}): RuleExample => ({
  name,
  kind: 'unknown',
  pod,
  on,
})

export const resources = (limits: object, requests: object = {}): PodFacts => ({
  container: { resources: { limits, requests } },
})
export const gpu = (count: number | string): object => ({ 'nvidia.com/gpu': String(count) })
export const auto = (label: string, value: string) => ({ [`eks.amazonaws.com/instance-${label}`]: value })
export const karpenter = { platform: 'karpenter' } as const
export const nodeGroups = { platform: 'node-groups' } as const
export const mixed = { platform: 'mixed' } as const
export const onAuto = (label: string, operator: string, ...values: readonly string[]) => ({
  key: `eks.amazonaws.com/instance-${label}`,
  operator,
  values,
})
export const claim = {
  spec: { resourceClaims: [{ name: 'gpus', resourceClaimTemplateName: 'one' }] },
  container: { resources: { claims: [{ name: 'gpus' }] } },
}
export const sh = (script: string): JsonObject => ({ command: ['sh', '-c', script], args: [] })

export type RuleExamples = Readonly<Record<string, readonly RuleExample[]>>
