import t from 'tap'
import { readPod } from '../../webhook/pod-view.ts'
import { recognize } from '../../webhook/recognize.ts'

const gpu = { limits: { 'nvidia.com/gpu': '1' } }
const serving = { name: 'vllm', command: ['vllm', 'serve', 'm'], resources: gpu }

interface Given {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly owner?: string
  readonly spec?: object
  readonly containers: readonly object[]
}

function see({ labels, annotations, owner, spec, containers }: Given) {
  const ownerReferences = owner === undefined ? [] : [{ kind: owner }]
  const pod = readPod({ metadata: { labels, annotations, ownerReferences }, spec: { ...spec, containers } })
  if (pod === undefined) throw new Error('no pod')
  return recognize(pod)
}

const ours: readonly (readonly [string, Given, { readonly container: string; readonly evidence: string }])[] = [
  ['a command', { containers: [serving] }, { container: 'vllm', evidence: 'vllm serve' }],
  [
    'a command in a shell script',
    { containers: [{ name: 'main', command: ['/bin/sh', '-c', 'exec vllm serve m'], resources: gpu }] },
    { container: 'main', evidence: 'vllm serve' },
  ],
  [
    'the entrypoint of the image',
    { containers: [{ name: 'x', image: 'vllm/vllm-openai:v0.32.0', args: ['--model', 'm'], resources: gpu }] },
    { container: 'x', evidence: 'vllm serve' },
  ],
  [
    'the server beside a sidecar that asks for GPUs too',
    { containers: [{ name: 'dcgm', image: 'exporter', resources: gpu }, serving] },
    { container: 'vllm', evidence: 'vllm serve' },
  ],
  [
    'the server behind a routing sidecar',
    {
      spec: { initContainers: [{ name: 'routing-proxy', restartPolicy: 'Always' }] },
      containers: [{ name: 'log' }, serving],
    },
    { container: 'vllm', evidence: 'vllm serve' },
  ],
  [
    'a label of llm-d, by the name of its container',
    {
      labels: { 'llm-d.ai/inference-serving': 'true' },
      containers: [
        { name: 'b', resources: gpu },
        { name: 'modelserver', resources: gpu },
      ],
    },
    { container: 'modelserver', evidence: 'label llm-d.ai/inference-serving' },
  ],
  [
    'the label of the pod, though its command says nothing',
    {
      labels: { 'warmpath.dev/inject': 'enabled' },
      containers: [{ name: 'ray-worker', command: ['ray', 'start'], resources: gpu }],
    },
    { container: 'ray-worker', evidence: 'label warmpath.dev/inject: enabled' },
  ],
  [
    'the label of the pod, though the command serves nothing',
    {
      labels: { 'warmpath.dev/inject': 'enabled' },
      containers: [{ name: 'a', command: ['vllm', 'bench'], resources: gpu }],
    },
    { container: 'a', evidence: 'label warmpath.dev/inject: enabled' },
  ],
  [
    'a claim',
    {
      spec: { resourceClaims: [{ name: 'g' }] },
      containers: [{ name: 'vllm', command: ['vllm', 'serve', 'm'], resources: { claims: [{ name: 'g' }] } }],
    },
    { container: 'vllm', evidence: 'vllm serve' },
  ],
  [
    'MIG slices',
    { containers: [{ ...serving, resources: { limits: { 'nvidia.com/mig-3g.40gb': 1 } } }] },
    { container: 'vllm', evidence: 'vllm serve' },
  ],
]

for (const [name, given, { container, evidence }] of ours) {
  t.test(`known by ${name}`, async (t) => {
    t.match(see(given), { kind: 'vllm', container: { name: container }, evidence })
  })
}

const others: readonly (readonly [string, Given, RegExp])[] = [
  [
    'a pod that opted out',
    { labels: { 'warmpath.dev/inject': 'disabled' }, containers: [serving] },
    /inject: disabled/,
  ],
  ['a mirror pod', { annotations: { 'kubernetes.io/config.mirror': 'x' }, containers: [serving] }, /static pod/],
  [
    'a mirror pod with the label',
    {
      labels: { 'warmpath.dev/inject': 'enabled' },
      annotations: { 'kubernetes.io/config.mirror': 'x' },
      containers: [serving],
    },
    /static pod/,
  ],
  ['a DaemonSet pod', { owner: 'DaemonSet', containers: [serving] }, /DaemonSet/],
  ['vLLM on CPUs', { containers: [{ ...serving, resources: { limits: { cpu: '4' } } }] }, /no container asks/],
  ['no GPUs with the label', { labels: { 'warmpath.dev/inject': 'enabled' }, containers: [{}] }, /no container asks/],
  [
    'a claim of the pod that no container uses',
    { spec: { resourceClaims: [{ name: 'g' }] }, containers: [{ command: ['vllm', 'serve'] }] },
    /no container asks/,
  ],
  ['another program', { containers: [{ command: ['tritonserver'], resources: gpu }] }, /nothing tells/],
  [
    'vLLM in the name of the image only',
    { containers: [{ image: 'my/vllm:1', command: ['x'], resources: gpu }] },
    /nothing tells/,
  ],
  ['a benchmark', { containers: [{ command: ['vllm', 'bench', 'serve'], resources: gpu }] }, /vllm bench/],
  [
    'a benchmark with a serving label',
    {
      labels: { 'llm-d.ai/inference-serving': 'true' },
      containers: [{ command: ['vllm', 'bench', 'serve'], resources: gpu }],
    },
    /vllm bench/,
  ],
  ...['google.com/tpu', 'aws.amazon.com/neuron', 'habana.ai/gaudi', 'gpu.intel.com/i915', 'amd.com/gpu'].map(
    (resource) =>
      [
        `vLLM on ${resource}`,
        {
          labels: { 'warmpath.dev/inject': 'enabled' },
          containers: [{ ...serving, resources: { limits: { [resource]: '1' } } }],
        },
        /no container asks/,
      ] as const,
  ),
]

for (const [name, given, why] of others) {
  t.test(`left alone: ${name}`, async (t) => {
    t.match(see(given), { kind: 'other', why })
  })
}

t.test('the server is known only where its command line is to be seen', async (t) => {
  t.match(see({ containers: [serving] }), { server: { program: 'vllm serve' }, gpus: [{ kind: 'gpus', count: 1 }] })
  t.match(see({ labels: { 'vllm.ai/model': 'm' }, containers: [{ resources: gpu }] }), { server: undefined })
})
