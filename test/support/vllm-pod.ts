import type { JsonObject } from '../../src/kubernetes/json.ts'
import { mutatePod, type Step } from '../../webhook/mutate.ts'
import type { WebhookSettings } from '../../webhook/settings.ts'
import { webhookSettings } from './webhook-settings.ts'

/** A pod that serves `m` on one GPU, with what is given over it. */
export const vllmPod = (given: {
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
  readonly container?: JsonObject
}): JsonObject => ({
  metadata: { name: 'a', ...given.metadata },
  spec: {
    ...given.spec,
    containers: [
      {
        name: 'vllm',
        image: 'vllm/vllm-openai:v0.32.0',
        args: ['m'],
        resources: { limits: { 'nvidia.com/gpu': '1' } },
        ...given.container,
      },
    ],
  },
})

export const asking = (name: string, value = 'enabled'): JsonObject => ({
  annotations: { [`warmpath.dev/${name}`]: value },
})

/** What one mutation does to a pod, and the pod after all of them. */
export function stepOf(
  id: string,
  pod: JsonObject,
  settings: Partial<WebhookSettings> = {},
): { readonly step: Step | undefined; readonly object: JsonObject } {
  const mutated = mutatePod(pod, webhookSettings(settings))
  if (mutated.kind === 'untouched') return { step: undefined, object: pod }
  return { step: mutated.steps.find((step) => step.id === id), object: mutated.object }
}
