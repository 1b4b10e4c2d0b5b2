import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { applyPatch } from '../../webhook/edit.ts'
import { answer } from '../../webhook/answer.ts'
import { type ReviewPath, reviewPaths } from '../../webhook/reviews.ts'
import { WarmpathError } from '../../src/errors.ts'
import { at, isObject, type JsonObject, textAt } from '../../src/kubernetes/json.ts'
import { podReview, vllmPod, defaultSettings } from '../support/webhook-harness.ts'

/** A longer run: FUZZ_RUNS=100000 npx tap test/webhook/answer.test.ts */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 400)

const junk = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e300, '', ' ', '0', '8', 'x', {}, []),
  fc.jsonValue({ maxDepth: 2 }),
)
/** Mostly what the API sends, sometimes anything. */
const or = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: value }, { weight: 1, arbitrary: junk })
const some = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> =>
  or(
    fc.record(Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, or(value)])), { requiredKeys: [] }),
  )
const many = (one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => or(fc.array(one, { maxLength: 3 }))

const word = fc.constantFrom(
  ...['vllm', 'serve', 'sh', '-c', 'vllm serve m --tensor-parallel-size 8', 'bash', '--model', 'Qwen/Qwen3-32B', '--'],
  ...[
    'python3',
    '-m',
    'vllm.entrypoints.openai.api_server',
    '--tensor-parallel-size=4',
    '-tp',
    '2',
    '--port',
    '"',
    '$(',
  ],
  ...['--kv-transfer-config', '{"kv_connector":"NixlConnector"}', '--max-model-len', '1M', '--enforce-eager', 'exec'],
)
const quantity = fc.constantFrom('1', '8', 8, '0', '100m', '64Gi', '1.5', '1e3', 'abc', '-1', '9'.repeat(30))
const resources = fc.dictionary(
  fc.constantFrom(
    'nvidia.com/gpu',
    'nvidia.com/mig-1g.10gb',
    'cpu',
    'memory',
    'vpc.amazonaws.com/efa',
    'google.com/tpu',
  ),
  quantity,
  { maxKeys: 3 },
)
const container = some({
  name: fc.constantFrom('vllm', 'main', 'sidecar', ''),
  image: fc.constantFrom('vllm/vllm-openai:v0.11.0', 'nginx'),
  command: many(word),
  args: many(word),
  env: many(some({ name: fc.constantFrom('HF_TOKEN', 'PYTHONHASHSEED', 'VLLM_NIXL_SIDE_CHANNEL_HOST'), value: word })),
  resources: some({ limits: resources, requests: resources, claims: many(some({ name: fc.constant('gpu') })) }),
  volumeMounts: many(some({ name: fc.constantFrom('shm', 'cache'), mountPath: fc.constantFrom('/dev/shm', '/data') })),
  livenessProbe: some({ periodSeconds: fc.integer() }),
  startupProbe: some({ periodSeconds: fc.integer(), failureThreshold: fc.integer() }),
  lifecycle: some({ preStop: some({ exec: some({ command: many(word) }) }) }),
})
const labelKey = fc.constantFrom(
  ...['warmpath.dev/inject', 'llm-d.ai/inference-serving', 'nvidia.com/gpu.deploy.device-plugin', '__proto__', 'a~b/c'],
  ...[
    'warmpath.dev/shm',
    'warmpath.dev/graceful-drain',
    'warmpath.dev/injected',
    'eks.amazonaws.com/instance-category',
  ],
  ...['karpenter.k8s.aws/instance-family', 'node.kubernetes.io/instance-type', 'kubernetes.io/config.mirror'],
)
const labels = or(fc.dictionary(labelKey, fc.constantFrom('enabled', 'disabled', 'p', 'g', 'p5', '8Gi', '45s', '')))
const expression = some({
  key: labelKey,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  values: many(fc.constantFrom('p', 'g', 'p5en', 'p5.48xlarge', 'reserved', 8)),
})
const pod = some({
  metadata: some({ name: word, labels, annotations: labels, ownerReferences: many(some({ kind: word })) }),
  spec: some({
    containers: many(container),
    initContainers: many(container),
    volumes: many(some({ name: fc.constant('shm'), emptyDir: some({ medium: fc.constant('Memory') }) })),
    tolerations: many(some({ key: labelKey, operator: fc.constantFrom('Exists', 'Equal'), effect: word })),
    nodeSelector: labels,
    affinity: some({
      nodeAffinity: some({
        requiredDuringSchedulingIgnoredDuringExecution: some({
          nodeSelectorTerms: many(some({ matchExpressions: many(expression), matchFields: many(expression) })),
        }),
      }),
    }),
    resourceClaims: many(some({ name: fc.constant('gpu') })),
    terminationGracePeriodSeconds: fc.integer(),
    template: some({
      metadata: some({ labels }),
      spec: some({ nodeClassRef: some({ group: fc.constant('eks.amazonaws.com') }), requirements: many(expression) }),
    }),
  }),
})
const uid = fc.uuid()
const review = fc
  .record({
    uid,
    object: pod,
    kind: fc.constantFrom('Pod', 'Pod', 'Pod', 'NodePool', 'Service'),
    operation: fc.constantFrom('CREATE', 'CREATE', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
  })
  .map(({ object, kind, ...request }) => podReview(object, { ...request, kind: { kind } }))
const path = fc.constantFrom(...reviewPaths)
const seasoned = {
  ...defaultSettings,
  families: ['p5en', 'p5'],
  extraTolerations: ['example.com/reserved'],
  defaults: { shm: '8Gi', 'graceful-drain': '45s', 'nixl-host': 'enabled' },
}
const settings = fc.constantFrom(
  defaultSettings,
  seasoned,
  { ...seasoned, platform: 'mixed' as const },
  { ...seasoned, platform: 'node-groups' as const },
)

const ask = (given: ReviewPath, body: unknown, core = { settings: defaultSettings }) =>
  answer({ path: given, bytes: Buffer.from(JSON.stringify(body)), late: false }, core)

const faults = new Set<string>()
/** What the API server would never send, as a text for a list, is met with this and no other fault. */
const isImpossibleEdit = (fault: unknown): boolean => fault instanceof WarmpathError && fault.code === 'EDIT_IMPOSSIBLE'

t.test('any review is answered with its uid, mutations refuse nothing, and their patch applies', async () => {
  fc.assert(
    fc.property(path, review, settings, (given, body, chosen) => {
      const { status, body: answered, outcome, fault } = ask(given, body, { settings: chosen })
      if (fault !== undefined && !isImpossibleEdit(fault)) faults.add(inspect(fault))
      const response = at(answered, 'response')
      if (status !== 200) return false
      if (at(response, 'uid') !== at(body, 'request', 'uid')) return false
      if (at(response, 'allowed') !== true && given !== '/validate/pods/enforce') return false
      const patch = textAt(response, 'patch')
      if ((patch === undefined) !== (at(response, 'patchType') === undefined)) return false
      return outcome !== 'mutated' || patches(at(body, 'request', 'object'), patch)
    }),
    { numRuns },
  )
})

t.test('in the run above only values of a wrong type made mutations fail', async (t) => {
  t.same([...faults], [])
})

/** Whether it applies and leaves an object. */
function patches(object: unknown, encoded: string | undefined): boolean {
  const patch: unknown = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString())
  return Array.isArray(patch) && isObject(object) && isObject(applyPatch(object, patch))
}

t.test('any JSON is answered: 200 that lets pass where it has a uid, else 400', async () => {
  const anything = fc.oneof(
    junk,
    fc.record({ apiVersion: junk, kind: junk, request: fc.record({ uid: fc.oneof(uid, junk), object: junk }) }),
    fc.record({
      apiVersion: fc.constant('admission.k8s.io/v1'),
      kind: fc.constant('AdmissionReview'),
      request: fc.oneof(junk, fc.record({ uid: fc.oneof(uid, junk), kind: junk, operation: junk, object: junk })),
    }),
  )
  fc.assert(
    fc.property(path, anything, (given, body) => {
      const { status, body: answered } = ask(given, body)
      const asked = textAt(body, 'request', 'uid')
      if (asked === undefined) return status === 400
      return status === 200 && at(answered, 'response', 'uid') === asked && at(answered, 'response', 'allowed') === true
    }),
    { numRuns },
  )
})

t.test('any bytes are answered', async () => {
  fc.assert(
    fc.property(path, fc.uint8Array({ maxLength: 64 }), (given, bytes) => {
      const { status } = answer(
        { path: given, bytes: Buffer.from(bytes), late: false },
        {
          settings: defaultSettings,
        },
      )
      return status === 400
    }),
    { numRuns },
  )
})

t.test('nesting that no stack can follow is let pass', async (t) => {
  const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`
  const text = JSON.stringify(podReview({ ...vllmPod, deep: 'HERE' })).replace('"HERE"', deep)
  const { status, body } = answer(
    { path: '/mutate/pods', bytes: Buffer.from(text), late: false },
    {
      settings: defaultSettings,
    },
  )
  t.equal(status, 200)
  t.equal(at(body, 'response', 'allowed'), true)
})

t.test('a member called __proto__ changes no prototype', async (t) => {
  const text = JSON.stringify(podReview(vllmPod)).replace('"metadata":{', '"__proto__":{"polluted":1},"metadata":{')
  answer({ path: '/mutate/pods', bytes: Buffer.from(text), late: false }, { settings: defaultSettings })
  const plain: JsonObject = {}
  t.equal(plain['polluted'], undefined)
})
