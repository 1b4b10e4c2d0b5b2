/** A pod that serves a model on `gpus` GPUs; `more` goes into its spec. */
export function vllmPod(
  name: string,
  { gpus = 1, ...more }: { readonly gpus?: number } & Record<string, unknown> = {},
): object {
  const container = {
    name: 'vllm',
    image: 'vllm/vllm-openai:v0.32.0',
    args: ['Qwen/Qwen3-8B', '--tensor-parallel-size', String(gpus)],
    resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
  }
  return podOf(name, { containers: [container], ...more })
}

export function podOf(name: string, spec: object, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'models', ...metadata },
    spec: { terminationGracePeriodSeconds: 1, ...spec },
  }
}

export const gpuToleration = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }
export const categoryP = { key: 'eks.amazonaws.com/instance-category', operator: 'In', values: ['p'] }

export function namespaceOf(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}
