import fc from 'fast-check'
import t from 'tap'
import { platformKinds } from '../../src/eks/platforms.ts'
import { isObject } from '../../src/kubernetes/json.ts'
import { defineRule } from '../../webhook/rule.ts'
import { type Validated, validatePod } from '../../webhook/validate.ts'
import { anyPod } from '../support/rule-examples/any-pod.ts'
import { vllmPodOf } from '../support/vllm-pods.ts'
import { webhookSettings } from '../support/webhook-settings.ts'

const settings = webhookSettings()
const advice = defineRule({ id: 'dear', doc: 'Costs much.', severity: 'advice', check: () => ['costs much'] })
const refusal = defineRule({ id: 'broken', doc: 'Cannot run.', severity: 'refuse', check: () => ['one', 'two'] })
const list = [refusal, advice]

t.test('validatePod() only warns without enforcement', async (t) => {
  t.match(validatePod(vllmPodOf(), settings, { enforce: false }, list), {
    kind: 'vllm',
    evidence: 'vllm serve',
    verdict: { allowed: true, warnings: ['broken: one', 'broken: two', 'dear: costs much'], message: undefined },
    findings: [
      { rule: 'broken', severity: 'refuse', message: 'broken: one' },
      { rule: 'broken', severity: 'refuse', message: 'broken: two' },
      { rule: 'dear', severity: 'advice', message: 'dear: costs much' },
    ],
  })
})

t.test('with enforcement what refuses is the message, and the rest are warnings', async (t) => {
  const { verdict } = validatePod(vllmPodOf(), settings, { enforce: true }, list)
  t.same(verdict, {
    allowed: false,
    message: 'broken: one; broken: two',
    warnings: ['dear: costs much'],
    auditAnnotations: { findings: 'broken,dear' },
  })
  t.same(validatePod(vllmPodOf(), settings, { enforce: true }, [advice]).verdict.allowed, true)
})

t.test('a pod in which nothing is found, or that runs no vLLM, passes without a word', async (t) => {
  const good = vllmPodOf({ gpus: 8, flags: ['-tp', '8'] })
  t.same(validatePod(good, settings, { enforce: true }, []), {
    kind: 'vllm',
    evidence: 'vllm serve',
    verdict: { allowed: true },
    findings: [],
  })
  const untouched = { verdict: { allowed: true }, findings: [], kind: 'untouched' }
  t.same(validatePod(vllmPodOf({ gpus: 0 }), settings, { enforce: true }), {
    ...untouched,
    why: 'no container asks for NVIDIA GPUs or a claim',
  })
  t.same(validatePod({}, settings, { enforce: true }), { ...untouched, why: 'it has no containers' })
})

t.test('messages are cut to 120 characters, and findings to 24', async (t) => {
  const long = defineRule({ ...advice, check: () => Array.from({ length: 30 }, () => 'x\u00e9'.repeat(100)) })
  const { findings } = validatePod(vllmPodOf(), settings, { enforce: false }, [long])
  t.equal(findings.length, 24)
  t.equal(findings[0]?.message.length, 120)
  t.match(findings[0]?.message, /^dear: x\?x\?.*\.\.\.$/)
})

const cases: readonly (readonly [string, Parameters<typeof vllmPodOf>[0], string | undefined])[] = [
  [
    'a tensor parallel size beyond the GPUs',
    { flags: ['-tp', '8'] },
    'parallel-size: TP 8 x PP 1 takes 8 GPUs, container vllm has 1',
  ],
  [
    '16 GPUs on one node',
    { gpus: 16, flags: ['-tp', '16'] },
    'no-instance-type: nearest type g4dn.metal has 8 of 16 GPUs',
  ],
  ['a liveness probe alone', { container: { livenessProbe: {} } }, undefined],
]
t.test('the listed rules refuse what cannot run, and nothing else', async (t) => {
  for (const [name, facts, message] of cases)
    t.equal(validatePod(vllmPodOf(facts), settings, { enforce: true }).verdict.message, message, name)
})

const validated = (pod: unknown, enforce: boolean, platform = settings.platform): Validated | undefined =>
  isObject(pod) ? validatePod(pod, webhookSettings({ platform }), { enforce }) : undefined

t.test('nothing is refused without enforcement, and a refusal says why', async () => {
  const property = fc.property(anyPod, fc.constantFrom(...platformKinds), (pod, platform) => {
    const lenient = validated(pod, false, platform)
    const strict = validated(pod, true, platform)
    const refuses = strict?.findings.some(({ severity }) => severity === 'refuse') ?? false
    return (
      lenient?.verdict.allowed === true &&
      strict?.verdict.allowed === !refuses &&
      (strict.verdict.message !== undefined) === refuses
    )
  })
  fc.assert(property, { numRuns: 400 })
})

t.test('validatePod() never throws', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (spec, container) => {
      validated({ spec }, true)
      validated(
        {
          spec: {
            containers: [
              container,
              ...(isObject(container) ? [{ ...container, resources: { limits: { 'nvidia.com/gpu': 1 } } }] : []),
            ],
          },
        },
        true,
      )
      return true
    }),
  )
})
