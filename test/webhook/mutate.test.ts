import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { WarmpathError } from '../../src/errors.ts'
import { isObject, type JsonObject, listAt } from '../../src/kubernetes/json.ts'
import { applyPatch } from '../../webhook/edit.ts'
import { mutatePod } from '../../webhook/mutate.ts'
import { defineMutation, onlyEnabled, unneeded } from '../../webhook/mutation.ts'
import { brokenPods, operatorChoices, pods } from '../support/arbitrary-pods.ts'
import { webhookSettings } from '../support/webhook-settings.ts'

const runs = { numRuns: 400 }
const settings = webhookSettings()

const vllmPod = (annotations?: JsonObject): JsonObject => ({
  metadata: { name: 'a', ...(annotations !== undefined && { annotations }) },
  spec: {
    containers: [{ name: 'vllm', command: ['vllm', 'serve', 'm'], resources: { limits: { 'nvidia.com/gpu': 1 } } }],
  },
})

t.test('for any pod, the patch applies and gives the pod that is said', async () => {
  fc.assert(
    fc.property(pods, operatorChoices, (pod, operator) => {
      const before = structuredClone(pod)
      const mutated = mutatePod(pod, webhookSettings(operator))
      if (mutated.kind === 'untouched') return
      assert.deepEqual(applyPatch(pod, mutated.patch), mutated.object)
      assert.deepEqual(pod, before)
    }),
    runs,
  )
})

t.test('done twice is done once, for any pod', async () => {
  fc.assert(
    fc.property(pods, operatorChoices, (pod, operator) => {
      const once = mutatePod(pod, webhookSettings(operator))
      if (once.kind === 'untouched') return
      const twice = mutatePod(once.object, webhookSettings(operator))
      const patch = twice.kind === 'vllm' ? twice.patch : 'untouched'
      assert.deepEqual(patch, [])
    }),
    runs,
  )
})

t.test('what the user wrote is still there, for any pod', async () => {
  fc.assert(
    fc.property(pods, operatorChoices, (pod, operator) => {
      const mutated = mutatePod(pod, webhookSettings(operator))
      if (mutated.kind === 'vllm') assert.deepEqual(lostValues(pod, mutated.object, ''), [])
    }),
    runs,
  )
})

t.test('containers stay as many, and in their order', async () => {
  fc.assert(
    fc.property(pods, operatorChoices, (pod, operator) => {
      const mutated = mutatePod(pod, webhookSettings(operator))
      if (mutated.kind === 'untouched') return
      for (const list of ['containers', 'initContainers']) {
        const names = (object: JsonObject) => listAt(object, 'spec', list).map((one) => isObject(one) && one['name'])
        assert.deepEqual(names(mutated.object), names(pod))
      }
    }),
    { numRuns: 100 },
  )
})

t.test('warnings are short plain texts that begin with the mutation, for any pod', async () => {
  fc.assert(
    fc.property(pods, operatorChoices, (pod, operator) => {
      const mutated = mutatePod(pod, webhookSettings(operator))
      if (mutated.kind === 'untouched') return
      for (const { id, warnings } of mutated.steps)
        for (const warning of warnings) {
          assert.ok(warning.startsWith(`${id}: `) || warning.startsWith(`warmpath.dev/${id}: `), warning)
          assert.match(warning, /^[\x20-\x7e]{1,120}$/)
        }
    }),
    runs,
  )
})

t.test('a value of a wrong type is at worst an error of ours', async () => {
  fc.assert(
    fc.property(brokenPods, operatorChoices, (pod, operator) => {
      try {
        const mutated = mutatePod(pod, webhookSettings(operator))
        if (mutated.kind === 'vllm') assert.deepEqual(applyPatch(pod, mutated.patch), mutated.object)
      } catch (error) {
        assert.ok(error instanceof WarmpathError, String(error))
      }
    }),
    { numRuns: 1000 },
  )
})

t.test('the annotation of the pod is over the default of the cluster', async (t) => {
  const cluster = webhookSettings({ defaults: { shm: 'enabled' } })
  const resultOf = (pod: JsonObject) => {
    const mutated = mutatePod(pod, cluster)
    return mutated.kind === 'vllm' ? mutated.steps.find(({ id }) => id === 'shm')?.result : undefined
  }
  t.equal(resultOf(vllmPod()), 'edited')
  t.equal(resultOf(vllmPod({ 'warmpath.dev/shm': 'disabled' })), 'not-asked')
  t.equal(resultOf(vllmPod({ 'warmpath.dev/shm': 'nonsense' })), 'left')
})

t.test('a later run adds its mutations to those that are noted', async (t) => {
  const pod = vllmPod({ 'warmpath.dev/injected': 'gpu-toleration,old' })
  const mutated = mutatePod(pod, settings)
  t.match(mutated.kind === 'vllm' && mutated.patch.at(-1), {
    op: 'replace',
    path: '/metadata/annotations/warmpath.dev~1injected',
    value: 'gpu-toleration,old,node-category,device-plugin-label',
  })
})

t.test('a mutation sees what those before it did, and its steps tell what each did', async (t) => {
  const first = defineMutation({
    id: 'first',
    doc: 'Adds a label.',
    apply: () => ({ kind: 'edited', edits: [{ kind: 'set', path: ['metadata', 'labels', 'one'], value: '1' }] }),
  })
  const second = defineMutation({
    id: 'second',
    doc: 'Wants the label.',
    apply: ({ pod }) => (pod.labels['one'] === '1' ? { kind: 'left', warning: 'second: seen' } : unneeded),
  })
  const third = defineMutation({
    id: 'third',
    doc: 'Opt-in.',
    optIn: { annotation: 'third', values: '`enabled`', check: onlyEnabled },
    apply: () => unneeded,
  })
  const mutated = mutatePod(vllmPod(), settings, [first, second, third])
  t.same(mutated.kind === 'vllm' && mutated.steps.map(({ id, result, warnings }) => [id, result, ...warnings]), [
    ['first', 'edited'],
    ['second', 'left', 'second: seen'],
    ['third', 'not-asked'],
  ])
})

t.test('an edit that would destroy something is an error', async (t) => {
  const bad = defineMutation({
    id: 'bad',
    doc: 'Overwrites the name.',
    apply: () => ({ kind: 'edited', edits: [{ kind: 'set', path: ['metadata', 'name'], value: 'b' }] }),
  })
  t.throws(() => mutatePod(vllmPod(), settings, [bad]), { code: 'EDIT_IMPOSSIBLE' })
  const unseen = defineMutation({
    id: 'unseen',
    doc: 'Makes the pod one that is not ours.',
    apply: () => ({
      kind: 'edited',
      edits: [{ kind: 'set', path: ['metadata', 'labels', 'warmpath.dev/inject'], value: 'disabled' }],
    }),
  })
  t.throws(() => mutatePod(vllmPod(), settings, [unseen]), { code: 'PATCH_DIFFERS' })
})

t.test('what is no vLLM pod is untouched, with the reason', async (t) => {
  t.same(mutatePod({ spec: {} }, settings), { kind: 'untouched', why: 'it has no containers' })
  t.match(mutatePod({ spec: { containers: [{ name: 'a' }] } }, settings), { kind: 'untouched', why: /GPUs/ })
})

/** Places of the pod before whose value is not in the pod after. Three values are the API server's own defaults. */
function lostValues(before: unknown, after: unknown, path: string): readonly string[] {
  if (before === null || before === undefined || replaceable.has(path)) return []
  if (Array.isArray(before)) {
    const items: readonly unknown[] = before
    const kept: readonly unknown[] = Array.isArray(after) ? after : []
    return items.flatMap((item, index) =>
      lostValues(item, kept[index], `${path}/${/\/(command|args)$/.test(path) ? 'word' : index}`),
    )
  }
  if (isObject(before)) {
    return Object.entries(before).flatMap(([key, value]) =>
      lostValues(value, isObject(after) ? after[key] : undefined, `${path}/${key}`),
    )
  }
  if (before === after) return []
  const [, json] = /(\{.*\})$/s.exec(path.endsWith('/word') && typeof before === 'string' ? before : '') ?? []
  const [, merged] = /(\{.*\})$/s.exec(typeof after === 'string' ? after : '') ?? []
  if (json !== undefined && merged !== undefined)
    return lostValues(JSON.parse(json), JSON.parse(merged), `${path}/json`)
  return [`${path}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`]
}

const replaceable: ReadonlySet<string> = new Set([
  '/spec/enableServiceLinks',
  '/spec/schedulerName',
  '/spec/terminationGracePeriodSeconds',
  '/metadata/annotations/warmpath.dev/injected',
])
