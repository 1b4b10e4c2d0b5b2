import fc from 'fast-check'
import { platformKinds } from '../../src/eks/platforms.ts'
import { isObject, type JsonObject } from '../../src/kubernetes/json.ts'
import { mutations } from '../../webhook/mutations/index.ts'
import type { WebhookSettings } from '../../webhook/settings.ts'

// Pods as the API server could hand them on: any of their parts may be missing or null, and users write much.

/** A record of which every key may be missing. */
const partial = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape, { requiredKeys: [] })
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 8 })
const list = <T>(of: fc.Arbitrary<T>, maxLength = 3) => nullable(fc.array(of, { maxLength }))

const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom(
      ...['eks.amazonaws.com/instance-category', 'karpenter.k8s.aws/instance-category', 'nvidia.com/gpu.product'],
      ...['eks.amazonaws.com/instance-family', 'karpenter.k8s.aws/instance-gpu-name', 'karpenter.sh/capacity-type'],
      ...['node.kubernetes.io/instance-type', 'topology.kubernetes.io/zone', 'karpenter.sh/nodepool'],
    ),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray(['p', 'g', 'p5', 'g6e', 'h100', 'p5.48xlarge', 'g6.xlarge', 'NVIDIA-L40S', 'spot', 'a'], {
      minLength: 1,
    }),
  }),
  fc.record({
    key: fc.constantFrom('eks.amazonaws.com/instance-category', 'x'),
    operator: fc.constant('DoesNotExist'),
  }),
  fc.record({ key: fc.constant('memory'), operator: fc.constant('Gt'), values: fc.constant(['5']) }),
)
const term = partial({
  matchExpressions: list(expression, 2),
  matchFields: fc.option(fc.constantFrom([], [{ key: 'metadata.name', operator: 'In', values: ['n'] }]), {
    nil: null,
    freq: 1,
  }),
})
const plainTerm = partial({ matchExpressions: list(expression, 2) })
const affinity = nullable(
  partial({
    nodeAffinity: nullable(
      partial({
        requiredDuringSchedulingIgnoredDuringExecution: nullable(
          partial({ nodeSelectorTerms: fc.oneof({ weight: 4, arbitrary: list(plainTerm, 20) }, list(term, 3)) }),
        ),
        preferredDuringSchedulingIgnoredDuringExecution: list(fc.record({ weight: fc.nat(9), preference: term })),
      }),
    ),
    podAntiAffinity: nullable(fc.constant({})),
  }),
)

const toleration = partial({
  key: fc.constantFrom('nvidia.com/gpu', 'x', ''),
  operator: fc.constantFrom('Exists', 'Equal'),
  value: fc.constantFrom('true', 'false'),
  effect: fc.constantFrom('NoSchedule', 'NoExecute'),
})

const word = fc.oneof(
  fc.constantFrom(
    ...['--tensor-parallel-size=2', '-tp', '4', '--shutdown-timeout', '--shutdown-timeout=20', '--port', '8100'],
    ...['--kv-events-config', '{"topic":"t"}', '{"enable_kv_cache_events":false}', '--kv-events-config.topic=x'],
    ...['--kv-events-config={"publisher":"zmq", "topic":"kv@$(POD_IP)@m"}', '--load-format', '--load-format=auto'],
    ...['--enable-prompt-tokens-details', '--no-enable-prompt-tokens-details', '--config', 'c.yaml', '--', '$(ARGS)'],
    ...[
      '--enforce-eager',
      '--model-loader-extra-config={"concurrency":3}',
      '--enable-lora',
      '--served-model-name',
      'm',
    ],
  ),
  fc.string({ maxLength: 6 }),
)
const model = fc.constantFrom('Qwen/Qwen3-8B', 's3://b/Llama-3.3-70B-Instruct', 's3://b/own', '$(MODEL)', 'a"b$(X)é')
const start = fc.constantFrom(['vllm', 'serve'], [], ['python3', '-m', 'vllm.entrypoints.openai.api_server', '--model'])
const commandLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(start, model, fc.array(word, { maxLength: 5 }))
      .map(([a, b, c]) => ({ command: a, args: [b, ...c] })),
  },
  fc
    .tuple(model, fc.array(word, { maxLength: 3 }))
    .map(([a, b]) => ({ command: ['vllm', 'serve', a, ...b], args: null })),
  fc.array(word, { maxLength: 3 }).map((words) => ({ command: ['sh', '-c', `exec vllm serve m ${words.join(' ')}`] })),
  fc.constant({}),
)

const env = fc.oneof(
  fc.record({
    name: fc.constantFrom('PYTHONHASHSEED', 'POD_IP', 'HF_HOME', 'VLLM_NIXL_SIDE_CHANNEL_HOST', 'TRITON_CACHE_DIR'),
    value: fc.constantFrom('0', '/cache', '$(POD_IP)', '/dev/shm/x', ''),
  }),
  fc.constant({ name: 'POD_IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }),
  fc.constant({ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hf', key: 'token' } } }),
)
const mount = fc.record({
  name: fc.constantFrom('warmpath-shm', 'warmpath-cache', 'own'),
  mountPath: fc.constantFrom('/dev/shm', '/dev/shm/', '/cache', '/var/cache/warmpath', '/root/.cache/huggingface', '/'),
})
const lifecycle = nullable(
  partial({
    preStop: nullable(
      fc.constantFrom({ sleep: { seconds: 5 } }, { sleep: { seconds: 200 } }, { exec: { command: ['x'] } }),
    ),
    postStart: fc.constant({ exec: { command: ['y'] } }),
  }),
)
const quantities = partial({
  'nvidia.com/gpu': fc.constantFrom('1', 8, '16', '0'),
  'nvidia.com/mig-1g.10gb': fc.constantFrom('1', '0'),
  'vpc.amazonaws.com/efa': fc.constant('4'),
  memory: fc.constantFrom('64Gi', '1000Gi', 'much'),
})
const container = fc
  .tuple(
    partial({
      name: fc.constantFrom('vllm', 'main', 'sidecar', ''),
      image: fc.constantFrom('vllm/vllm-openai:v0.32.0', 'vllm/vllm-openai:v0.11.0', 'other:1', ''),
      env: list(env),
      volumeMounts: list(mount),
      lifecycle,
      resources: nullable(
        partial({
          limits: nullable(quantities),
          requests: nullable(quantities),
          claims: list(fc.constant({ name: 'c' }), 1),
        }),
      ),
    }),
    commandLine,
  )
  .map(([rest, words]) => ({ ...rest, ...words }))

const options: Record<string, fc.Arbitrary<string>> = {
  shm: fc.constantFrom('enabled', '8Gi', 'big'),
  'graceful-drain': fc.constantFrom('enabled', '300s', '1s'),
  'do-not-disrupt': fc.constantFrom('enabled', '2h', 'true: long job', 'true'),
  'model-cache': fc.constantFrom('s3', 'nvme', 'compile', 's3,nvme,compile'),
  'kai-scheduler': fc.constantFrom('team-a', 'b'),
}
const asked = partial(
  Object.fromEntries(
    mutations.flatMap(({ optIn }) =>
      optIn === undefined
        ? []
        : [[optIn.annotation, options[optIn.annotation] ?? fc.constantFrom('enabled', 'disabled', 'on')]],
    ),
  ),
)
const annotations = fc
  .tuple(
    asked,
    partial({
      'karpenter.sh/do-not-disrupt': fc.constantFrom('true', '5m'),
      'warmpath.dev/injected': fc.constantFrom('shm', ''),
    }),
  )
  .map(([opt, own]) => ({
    ...Object.fromEntries(Object.entries(opt).map(([key, value]) => [`warmpath.dev/${key}`, value])),
    ...own,
  }))
const labels = partial({
  'warmpath.dev/inject': fc.constantFrom('enabled', 'disabled', ''),
  'llm-d.ai/inference-serving': fc.constant('true'),
  'nvidia.com/gpu.deploy.device-plugin': fc.constantFrom('true', 'false'),
  'kai.scheduler/queue': fc.constantFrom('team-a', 'c'),
})

const spec = partial({
  affinity,
  tolerations: list(toleration),
  initContainers: list(container, 1),
  resourceClaims: list(fc.constant({ name: 'c', resourceClaimTemplateName: 't' }), 1),
  nodeSelector: nullable(
    partial({
      'karpenter.sh/capacity-type': fc.constantFrom('spot', 'on-demand'),
      'eks.amazonaws.com/instance-family': fc.constantFrom('p5', 'g6'),
    }),
  ),
  volumes: list(
    fc.constantFrom(
      { name: 'warmpath-shm', emptyDir: { medium: 'Memory' } },
      { name: 'warmpath-cache', hostPath: { path: '/x' } },
      { name: 'warmpath-cache', emptyDir: {} },
      { name: 'own' },
    ),
    1,
  ),
  schedulerName: fc.constantFrom('default-scheduler', 'kai-scheduler', 'volcano', ''),
  nodeName: fc.constantFrom('', 'node-1'),
  enableServiceLinks: fc.boolean(),
  hostIPC: fc.boolean(),
  terminationGracePeriodSeconds: fc.constantFrom(0, 30, 60, 120, 600),
})

export const pods: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.array(container, { minLength: 1, maxLength: 3 }),
    spec,
    nullable(
      partial({
        name: fc.constant('a'),
        labels: nullable(labels),
        annotations: nullable(annotations),
        creationTimestamp: fc.constant(null),
      }),
    ),
  )
  .map(([containers, rest, metadata]): unknown =>
    JSON.parse(JSON.stringify({ kind: 'Pod', metadata, spec: { ...rest, containers } })),
  )
  .filter(isObject)

/** Pods with one of their values, at any depth, replaced by something of any type. */
export const brokenPods: fc.Arbitrary<JsonObject> = fc
  .tuple(
    pods,
    fc.array(fc.nat(40), { minLength: 12, maxLength: 12 }),
    fc.constantFrom(null, 7, 'x', true, [], {}, [null], [[]], { a: 1 }),
  )
  .map(([pod, steps, value]) => breakAt(pod, steps.values(), value))
  .filter(isObject)

function breakAt(value: unknown, steps: Iterator<number, undefined>, put: unknown): unknown {
  const step = steps.next().value ?? 0
  if (step % 5 === 0) return put
  if (Array.isArray(value) && value.length > 0) {
    const items: readonly unknown[] = value
    return items.with(step % items.length, breakAt(items[step % items.length], steps, put))
  }
  if (!isObject(value) || Object.keys(value).length === 0) return put
  const keys = Object.keys(value)
  const key = keys[step % keys.length] ?? ''
  return { ...value, [key]: breakAt(value[key], steps, put) }
}

/** What an operator decides. */
export const operatorChoices: fc.Arbitrary<Partial<WebhookSettings>> = fc.record({
  platform: fc.constantFrom(...platformKinds),
  category: fc.constantFrom('p', 'g'),
  families: fc.subarray(['p5en', 'p5', 'p4d', 'g6e']),
  extraTolerations: fc.subarray(['x', 'nvidia.com/gpu', 'y']),
  defaults: fc.constantFrom({}, { shm: 'enabled', 'kv-events': 'enabled', 'graceful-drain': 'enabled' }),
})
