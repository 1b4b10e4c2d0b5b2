import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { isObject } from '../../src/kubernetes/json.ts'
import { readPod } from '../../webhook/pod-view.ts'
import { brokenPods, pods } from '../support/arbitrary-pods.ts'

t.test('reads what a pod says', async (t) => {
  const view = readPod({
    metadata: {
      generateName: 'a-',
      labels: { app: 'a', empty: '' },
      annotations: { note: 'n' },
      ownerReferences: [{ kind: 'ReplicaSet' }, {}],
    },
    spec: {
      nodeSelector: { zone: 'z' },
      tolerations: [{ operator: 'Exists' }, { key: 'k', value: 'v', effect: 'NoSchedule' }],
      volumes: [{ name: 'shm', emptyDir: { medium: 'Memory' } }, { name: 'bare' }],
      resourceClaims: [{ name: 'gpus' }],
      hostNetwork: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      initContainers: [{ name: 'side', restartPolicy: 'Always' }],
      containers: [
        {
          name: 'vllm',
          image: 'i',
          command: ['vllm'],
          args: ['serve', 'm'],
          env: [{ name: 'A', value: '1' }, { name: 'B' }, { name: 'C', valueFrom: { fieldRef: {} } }],
          resources: { limits: { 'nvidia.com/gpu': 8 }, requests: { cpu: '2' }, claims: [{ name: 'gpus' }] },
          volumeMounts: [{ name: 'shm', mountPath: '/dev/shm' }],
          livenessProbe: {},
          startupProbe: { failureThreshold: 60 },
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
        },
      ],
    },
  })
  t.match(view, {
    name: 'a-',
    labels: { app: 'a', empty: '' },
    ownerKinds: ['ReplicaSet'],
    tolerations: [
      { key: undefined, operator: 'Exists' },
      { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' },
    ],
    volumes: [
      { name: 'shm', kind: 'emptyDir', medium: 'Memory' },
      { name: 'bare', kind: undefined },
    ],
    nodeTerms: undefined,
    resourceClaims: ['gpus'],
    hostNetwork: true,
    enableServiceLinks: false,
    initContainers: [{ list: 'initContainers', index: 0, name: 'side', restartPolicy: 'Always' }],
  })
  t.match(view?.containers[0], {
    command: ['vllm'],
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '' },
      { name: 'C', value: undefined },
    ],
    limits: { 'nvidia.com/gpu': '8' },
    requests: { cpu: '2' },
    claims: ['gpus'],
    hasLivenessProbe: true,
    startupProbe: { initialDelaySeconds: 0, periodSeconds: 10, failureThreshold: 60 },
    hasPreStop: true,
  })
})

t.test('terms of the required node affinity', async (t) => {
  const termsOf = (required: unknown) =>
    readPod({
      spec: {
        containers: [{}],
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
      },
    })?.nodeTerms
  t.equal(termsOf(null), undefined)
  t.equal(termsOf(undefined), undefined)
  t.same(termsOf({}), [])
  t.same(
    termsOf({
      nodeSelectorTerms: [{}, { matchExpressions: [{ key: 'k', operator: 'Exists' }], matchFields: [{ key: 'f' }] }],
    }),
    [
      { expressions: [], hasFields: false },
      { expressions: [{ key: 'k', operator: 'Exists', values: [] }], hasFields: true },
    ],
  )
})

t.test('what has no containers is no pod', async (t) => {
  for (const value of [
    undefined,
    null,
    'x',
    [],
    {},
    { spec: null },
    { spec: { containers: [] } },
    { spec: { containers: ['x'] } },
  ])
    t.equal(readPod(value), undefined)
})

t.test('a container keeps its place in the list, whatever stands around it', async (t) => {
  const view = readPod({ spec: { containers: [null, { name: 'b' }] } })
  t.match(view?.containers, [{ name: 'b', index: 1 }])
})

t.test('any pod is read without a throw, and has as many containers as it has', async () => {
  fc.assert(
    fc.property(pods, (pod) => {
      const spec = pod['spec']
      const containers = isObject(spec) && Array.isArray(spec['containers']) ? spec['containers'] : []
      assert.equal(readPod(pod)?.containers.length, containers.length)
    }),
  )
  fc.assert(fc.property(brokenPods, (pod) => void readPod(pod)))
  fc.assert(fc.property(fc.anything(), (value) => void readPod(value)))
})
