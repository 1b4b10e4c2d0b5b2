import type { JsonObject } from '../../src/kubernetes/json.ts'

/** What a test says of a pod that runs vLLM; the rest is as people write it. */
export interface PodFacts {
  /** `nvidia.com/gpu` of the container's limits; 1 unless told, 0 for none. */
  readonly gpus?: number
  readonly model?: string
  /** Flags behind the model. */
  readonly flags?: readonly string[]
  /** Further fields of the container, over those that follow from the above. */
  readonly container?: JsonObject
  readonly spec?: JsonObject
  readonly labels?: Readonly<Record<string, string>>
  readonly selector?: Readonly<Record<string, string>>
  /** Expressions of the terms of a required node affinity. */
  readonly terms?: readonly (readonly JsonObject[])[]
}

export function vllmPodOf(facts: PodFacts = {}): JsonObject {
  const { gpus = 1, model = 'acme/unheard-of', flags = [], container, spec, labels = {}, selector, terms } = facts
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: (terms ?? []).map((matchExpressions) => ({ matchExpressions })),
      },
    },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'server', labels },
    spec: {
      containers: [
        {
          name: 'vllm',
          image: 'vllm/vllm-openai:v0.32.0',
          args: [model, ...flags],
          resources: gpus === 0 ? {} : { limits: { 'nvidia.com/gpu': String(gpus) } },
          ...container,
        },
      ],
      ...(selector !== undefined && { nodeSelector: selector }),
      ...(terms !== undefined && { affinity }),
      ...spec,
    },
  }
}
