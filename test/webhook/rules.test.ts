import fc from 'fast-check'
import t from 'tap'
import { platformKinds } from '../../src/eks/platforms.ts'
import { readPod } from '../../webhook/pod-view.ts'
import { recognize } from '../../webhook/recognize.ts'
import type { Rule } from '../../webhook/rule.ts'
import { rules } from '../../webhook/rules/index.ts'
import { validatePod } from '../../webhook/validate.ts'
import { deviceExamples } from '../support/rule-examples/devices.ts'
import type { RuleExample } from '../support/rule-examples/example.ts'
import { placementExamples } from '../support/rule-examples/placement.ts'
import { madeUpToken, serverExamples } from '../support/rule-examples/server.ts'
import { anyFacts, anyPod } from '../support/rule-examples/any-pod.ts'
import { vllmPodOf } from '../support/vllm-pods.ts'
import { webhookSettings } from '../support/webhook-settings.ts'

const ruleExamples = { ...deviceExamples, ...placementExamples, ...serverExamples }
const examplesOf = ({ id }: Rule): readonly RuleExample[] => ruleExamples[id] ?? []

function findings(rule: Rule, { pod: facts, on }: RuleExample): readonly string[] {
  const pod = readPod(vllmPodOf(facts))
  const vllm = pod === undefined ? undefined : recognize(pod)
  if (pod === undefined || vllm?.kind !== 'vllm') throw new Error('The pod of an example is none of ours')
  return rule.check({ pod, vllm, settings: webhookSettings(on) })
}

for (const rule of rules) {
  t.test(`${rule.id}: its examples`, async (t) => {
    for (const example of examplesOf(rule))
      t.same(findings(rule, example), example.says ?? [], `${example.kind}: ${example.name}`)
  })

  t.test(`${rule.id} has an example of each kind, a plain id and a text for the docs`, async (t) => {
    const kinds = new Set(examplesOf(rule).map(({ kind }) => kind))
    t.same([...kinds].toSorted(), ['near miss', 'unknown', 'violates'])
    t.match(rule.id, /^[a-z]+(-[a-z]+)*$/)
    t.match(rule.doc, /^[\x20-\x7e]{20,}\.$/)
  })
}

t.test('every rule is listed once, and every example is of a rule', async (t) => {
  const ids = rules.map(({ id }) => id)
  t.same(ids.toSorted(), [...new Set(ids)].toSorted())
  t.same(Object.keys(ruleExamples).toSorted(), ids.toSorted())
})

t.test('messages are ASCII of at most 120 characters, with no line break, and never hold a secret', async () => {
  const property = fc.property(anyPod, fc.constantFrom(...platformKinds), (pod, platform) => {
    const { findings: found } = validatePod(pod, webhookSettings({ platform }), { enforce: true })
    return found.every(
      ({ rule, message }) =>
        /^[\x20-\x7e]{1,120}$/.test(message) && message.startsWith(`${rule}: `) && !message.includes(madeUpToken),
    )
  })
  fc.assert(property, { numRuns: 400 })
})

t.test('no message of an example is cut', async (t) => {
  const all = rules.flatMap((rule) =>
    examplesOf(rule).flatMap((example) => (example.says ?? []).map((text) => `${rule.id}: ${text}`)),
  )
  t.same(
    all.filter((message) => message.length > 120),
    [],
  )
})

t.test('nothing is said of parallel sizes and the model behind --config', async () => {
  const ofLine = ['parallel-size', 'idle-gpus', 'model-weights', 'model-memory', 'max-model-len', 'shm']
  const property = fc.property(anyFacts, ({ flags = [], ...facts }) => {
    const hidden = vllmPodOf({ ...facts, flags: [...flags, '--config', 'x'] })
    const { findings: found } = validatePod(hidden, webhookSettings(), { enforce: true })
    return !found.some(({ rule }) => ofLine.includes(rule))
  })
  fc.assert(property)
})

t.test('more GPUs never make the parallel sizes too large', async () => {
  const sizes = fc.record({ tp: fc.integer({ min: 1, max: 16 }), dp: fc.integer({ min: 1, max: 4 }) })
  const property = fc.property(sizes, fc.integer({ min: 1, max: 16 }), fc.nat(16), ({ tp, dp }, gpus, more) => {
    const says = (count: number) => {
      const pod = vllmPodOf({ gpus: count, flags: ['-tp', String(tp), '-dp', String(dp)] })
      return validatePod(pod, webhookSettings(), { enforce: true }).findings.some(
        ({ rule }) => rule === 'parallel-size',
      )
    }
    return says(gpus) === tp * dp > gpus && (says(gpus) || !says(gpus + more))
  })
  fc.assert(property)
})
