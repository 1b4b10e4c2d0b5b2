import fc from 'fast-check'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { type PodFacts, vllmPodOf } from '../vllm-pods.ts'
import { madeUpToken } from './server.ts'

const ownWords = fc.constantFrom('p', 'g', 'p5', 'g6', 'h100', 'p9', 'p5.48xlarge', 'spot', '4', 'x', '')
const keys = fc.constantFrom(
  ...['category', 'family', 'gpu-name', 'gpu-count'].map((label) => `eks.amazonaws.com/instance-${label}`),
  ...['karpenter.k8s.aws/instance-family', 'node.kubernetes.io/instance-type', 'karpenter.sh/capacity-type'],
  ...['nvidia.com/gpu.deploy.device-plugin', 'own'],
)
const flag = fc.constantFrom(
  ...['-tp', '-pp', '-dp', '-dpl', '-pcp', '--nnodes', '--max-model-len', '--gpu-memory-utilization', '--dtype'],
  ...['--kv-cache-dtype', '--quantization', '--api-key', '--distributed-executor-backend', '--of-later-days'],
)
const value = fc.constantFrom(
  '1',
  '2',
  '8',
  '0',
  '-1',
  'auto',
  'fp8',
  'ray',
  'mp',
  '131072',
  '0.9',
  '$(X)',
  madeUpToken,
  '\u00e9',
)
const quantity = fc.oneof(fc.constantFrom('1', '8', '0', '16', '500m', '1Ti', 'many', '-1'), fc.nat(64))
const expression: fc.Arbitrary<JsonObject> = fc.record({
  key: keys,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt', 'Near'),
  values: fc.array(ownWords, { maxLength: 2 }),
})
const resources = fc.dictionary(
  fc.constantFrom('nvidia.com/gpu', 'nvidia.com/mig-1g.10gb', 'vpc.amazonaws.com/efa', 'cpu', 'memory'),
  quantity,
)

/** Pods that run vLLM, of words that rules look for. */
export const anyFacts: fc.Arbitrary<PodFacts> = fc.record(
  {
    model: fc.constantFrom('acme/x', 'meta-llama/Llama-3.1-70B-Instruct', 'Qwen/Qwen3-8B', '/m/DeepSeek-R1', '$(M)'),
    flags: fc.array(fc.tuple(flag, value), { maxLength: 4 }).map((pairs) => pairs.flat()),
    gpus: fc.integer({ min: 1, max: 16 }),
    selector: fc.dictionary(keys, ownWords, { maxKeys: 2 }),
    terms: fc.array(fc.array(expression, { maxLength: 3 }), { maxLength: 3 }),
    labels: fc.dictionary(fc.constantFrom('nvidia.com/gpu.deploy.dcgm', 'leaderworkerset.sigs.k8s.io/name'), ownWords),
    spec: fc.record(
      {
        resourceClaims: fc.constant([{ name: 'c' }]),
        terminationGracePeriodSeconds: fc.nat(1000),
        schedulerName: fc.string(),
        initContainers: fc.array(fc.record({ name: fc.string(), resources: fc.record({ limits: resources }) })),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)

const container: fc.Arbitrary<JsonObject> = fc.record(
  {
    name: fc.string({ unit: 'binary' }),
    args: fc.array(fc.oneof(fc.string(), flag, value)),
    command: fc.constantFrom(['vllm', 'serve'], ['sh', '-c', `vllm serve m -tp 8 --token ${madeUpToken}`], 7),
    env: fc.array(fc.record({ name: fc.constantFrom('HF_TOKEN', 'RAY_ADDRESS', 'X'), value })),
    resources: fc.record({ limits: resources, requests: resources }),
    livenessProbe: fc.constant({}),
    startupProbe: fc.jsonValue(),
  },
  { requiredKeys: ['command', 'args'] },
)

/** Those, with containers in which hardly anything is as it should be, and with fields that are something else. */
export const anyPod: fc.Arbitrary<JsonObject> = fc
  .tuple(
    anyFacts,
    fc.option(container),
    fc.option(
      fc.tuple(fc.constantFrom('nodeSelector', 'affinity', 'initContainers', 'resourceClaims'), fc.jsonValue()),
    ),
  )
  .map(([facts, odd, wrong]) =>
    vllmPodOf({
      ...facts,
      ...(odd !== null && { container: { resources: { limits: { 'nvidia.com/gpu': 1 } }, ...odd } }),
      ...(wrong !== null && { spec: { ...facts.spec, [wrong[0]]: wrong[1] } }),
    }),
  )
