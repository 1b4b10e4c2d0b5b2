import t from 'tap'
import { applyPatch } from '../../webhook/edit.ts'
import { mutations } from '../../webhook/mutations/index.ts'
import { answerTo, caseFile, caseNames, caseObject, caseSettings } from '../support/admission-cases.ts'

// Each case is a folder of test/fixtures/admission: pod.yaml goes in (with settings.yaml, if there is one), expected.yaml
// comes out by patch.json, with the lines of warnings.txt. `npm run golden` writes them anew; the difference is for review.
const cases = [
  { name: 'deployment', shows: 'a Deployment on EKS, with the defaults of the API server and its toleration' },
  { name: 'stateful-set', shows: 'caches on an emptyDir, and a variable of the user that stays' },
  { name: 'job', shows: 'a Job on MIG slices, with extra tolerations' },
  { name: 'lws-leader', shows: 'a LeaderWorkerSet leader whose shell script is left alone' },
  { name: 'lws-worker', shows: 'a LeaderWorkerSet worker, known by its label only' },
  { name: 'disaggregated-set', shows: 'families in order, multiplied into the terms that are there' },
  { name: 'kserve-inference-service', shows: 'a KServe InferenceService' },
  { name: 'kserve-llm-inference-service', shows: 'a KServe LLMInferenceService, beside its routing sidecar' },
  { name: 'llm-d-decode', shows: 'an llm-d decode pod: JSON merged, own values kept, drain cut for spot' },
  { name: 'llm-d-requester', shows: 'a dual-pods requester, known by its label' },
  { name: 'ray-worker', shows: 'a Ray worker on node groups, with the defaults of the cluster' },
  { name: 'production-stack-runtime', shows: 'a VLLMRuntime whose command is one list' },
  { name: 'daemon-set', shows: 'a DaemonSet, untouched' },
  { name: 'tpu', shows: 'vLLM on TPUs, untouched' },
  { name: 'opted-out', shows: 'a pod that opted out, untouched' },
  { name: 'claim', shows: 'GPUs by a claim: tolerations, no selector' },
  { name: 'mixed-platforms', shows: 'Auto Mode and Karpenter: each term once for each key, empty terms left' },
  { name: 'own-g-selector', shows: 'a selector for G nodes, which stays' },
  { name: 'own-p5-selector', shows: 'an instance type of the category, which is enough' },
  { name: 'match-fields', shows: 'a node named by field, which stays' },
  { name: 'streamed-model', shows: 'a model that streams from S3' },
  { name: 'kai-queue', shows: 'the KAI scheduler on Karpenter' },
  { name: 'kai-on-auto-mode', shows: 'the KAI scheduler on Auto Mode, refused' },
  { name: 'node-groups', shows: 'instance types in place of the category' },
  { name: 'own-drain', shows: 'a drain that fits the grace of the user' },
  { name: 'old-image', shows: 'a vLLM that does not know the flag, and an option that is none' },
]

t.test('every case is listed', async (t) => {
  t.same(cases.map(({ name }) => name).toSorted(), caseNames())
})

for (const { name, shows } of cases) {
  t.test(`${name}: ${shows}`, async (t) => {
    const settings = caseSettings(name)
    const pod = caseObject(name, 'pod.yaml')
    const before = structuredClone(pod)
    const expected = caseObject(name, 'expected.yaml')
    const { object, patch, warnings } = answerTo(pod, settings)
    t.same(object, expected)
    t.same(JSON.stringify(patch), JSON.stringify(JSON.parse(caseFile(name, 'patch.json') ?? '')))
    t.same(warnings, caseFile(name, 'warnings.txt')?.trimEnd().split('\n') ?? [])
    t.same(pod, before, 'the pod that was given stays as it was')
    const mutated = answerTo(expected, settings)
    t.same(mutated.patch, [], 'the second time there is nothing to do')
    t.same(applyPatch(pod, patch), expected, 'the patch gives it')
    t.same(
      warnings.filter((text) => text.length > 120 || /[^\x20-\x7e]/.test(text)),
      [],
    )
  })
}

t.test('ids, docs and annotations of the mutations', async (t) => {
  const ids = mutations.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  for (const { id, doc, optIn } of mutations) {
    t.match(id, /^[a-z]+(-[a-z]+)*$/)
    t.match(doc, /\.$/, id)
    if (optIn !== undefined) t.equal(optIn.annotation, id)
  }
})

t.test('options that are refused, and what is said of them', async (t) => {
  const refused = [
    ['shm', '8 GB'],
    ['shm', '0'],
    ['shm', ''],
    ['service-links', 'true'],
    ['do-not-disrupt', 'true'],
    ['do-not-disrupt', 'true: '],
    ['do-not-disrupt', '30'],
    ['do-not-disrupt', '0m'],
    ['do-not-disrupt', '1d'],
    ['graceful-drain', '0s'],
    ['graceful-drain', '45'],
    ['graceful-drain', '3601s'],
    ['model-cache', 'enabled'],
    ['model-cache', 's3,'],
    ['kai-scheduler', 'enabled'],
    ['kai-scheduler', 'a queue'],
    ['kai-scheduler', 'x'.repeat(64)],
    ['kv-events', 'yes'],
  ] as const
  for (const [id, value] of refused) {
    const complaint = mutations.find((one) => one.id === id)?.optIn?.check(value)
    t.match(complaint, /^expected /, `${id}: ${value}`)
  }
})
