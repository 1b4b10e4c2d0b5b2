import fc from 'fast-check'
import t from 'tap'
import { toPod } from '../../../src/kubernetes/pod.ts'

const metadata = { name: 'vllm-0', namespace: 'inference', uid: 'u-1' }
const bare = toPod({ metadata })
const withStatus = (status: unknown) => toPod({ metadata, status })
const conditions = (...all: readonly object[]) => withStatus({ conditions: all })

t.test('a pod as the kubelet reports it', (t) => {
  const pod = toPod({
    metadata: {
      ...metadata,
      labels: { app: 'vllm' },
      annotations: { note: 'x' },
      deletionTimestamp: '2026-11-23T00:01:00Z',
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'u-2' },
        { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'vllm', uid: 'u-3', controller: true },
      ],
    },
    spec: { nodeName: 'node-1' },
    status: {
      phase: 'Running',
      podIP: '10.0.3.7',
      startTime: '2026-11-23T00:00:00Z',
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
      containerStatuses: [
        { name: 'vllm', restartCount: 2 },
        { name: 'sidecar', restartCount: 0 },
      ],
    },
  })
  t.same(pod, {
    ...{ name: 'vllm-0', namespace: 'inference', uid: 'u-1', labels: { app: 'vllm' }, annotations: { note: 'x' } },
    owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'vllm', uid: 'u-3' },
    ...{ node: 'node-1', ip: '10.0.3.7', phase: 'Running', ready: true, terminating: true, unschedulable: false },
    startedAtMs: Date.UTC(2026, 10, 23),
    restarts: { vllm: 2, sidecar: 0 },
  })
  t.end()
})

t.test('what a pod does not say is unknown', (t) => {
  t.same(bare, {
    ...metadata,
    ...{ labels: {}, annotations: {}, owner: undefined, node: undefined, ip: undefined, phase: undefined },
    ...{ ready: undefined, terminating: false, unschedulable: undefined, startedAtMs: undefined, restarts: {} },
  })
  t.end()
})

t.test('values of another type, empty texts and unknown phases are unknown', (t) => {
  const odd = { podIP: '', phase: 'Sleeping', startTime: 'yesterday', conditions: {}, containerStatuses: [{}, 1, null] }
  t.same(withStatus(odd), bare)
  t.same(withStatus({ containerStatuses: [{ name: 'vllm' }, { name: 'x', restartCount: '3' }] }), bare)
  t.same(toPod({ metadata: { ...metadata, labels: ['a'], annotations: 'b', ownerReferences: null } }), bare)
  t.same(toPod({ metadata: { ...metadata, labels: { a: 1, b: 'c' } } })?.labels, { b: 'c' })
  t.end()
})

t.test('readiness is that of the condition, unknown when the node does not report', (t) => {
  const states = ['True', 'False', 'Unknown'].map((status) => conditions({ type: 'Ready', status })?.ready)
  t.same(states, [true, false, undefined])
  t.end()
})

t.test('unschedulable means that the scheduler found no node, not that it has yet to look', (t) => {
  const scheduled = (status: string, reason?: string) =>
    conditions({ type: 'PodScheduled', status, reason })?.unschedulable
  t.same(
    [scheduled('True'), scheduled('False', 'Unschedulable'), scheduled('False', 'SchedulingGated')],
    [false, true, undefined],
  )
  t.end()
})

t.test('an owner that does not control, or lacks a name, is no owner', (t) => {
  const owner = (reference: object) => toPod({ metadata: { ...metadata, ownerReferences: [reference] } })?.owner
  const reference = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }
  t.equal(owner(reference), undefined)
  t.equal(owner({ ...reference, controller: true, name: undefined }), undefined)
  t.same(owner({ ...reference, controller: true }), reference)
  t.end()
})

t.test('what is no object of a namespace is no pod', (t) => {
  for (const one of [null, [], 'pod', {}, { metadata: 1 }, { metadata: { name: 'a', uid: 'u' } }])
    t.equal(toPod(one), undefined)
  t.end()
})

/** JSON in the shape of a pod, with anything where a value could be. */
const podLike = fc.record(
  {
    metadata: fc.oneof(
      fc.jsonValue(),
      fc.record({
        ...{ name: fc.constant('a'), namespace: fc.constant('b'), uid: fc.constant('c') },
        ...{ labels: fc.jsonValue(), ownerReferences: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())) },
        deletionTimestamp: fc.jsonValue(),
      }),
    ),
    spec: fc.jsonValue(),
    status: fc.oneof(
      fc.jsonValue(),
      fc.record({
        ...{ podIP: fc.jsonValue(), phase: fc.jsonValue(), startTime: fc.jsonValue() },
        conditions: fc.array(fc.record({ type: fc.constantFrom('Ready', 'PodScheduled'), status: fc.jsonValue() })),
        containerStatuses: fc.array(fc.record({ name: fc.string(), restartCount: fc.jsonValue() })),
      }),
    ),
  },
  { requiredKeys: [] },
)

t.test('any JSON is read without an error, and facts have their types', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), podLike), (json) => {
      const pod = toPod(json)
      if (pod === undefined) return true
      const texts = [pod.node, pod.ip, pod.phase].every((text) => text === undefined || typeof text === 'string')
      const numbers = Object.values(pod.restarts).every((count) => typeof count === 'number')
      return texts && numbers && (pod.startedAtMs === undefined || Number.isFinite(pod.startedAtMs))
    }),
  )
  t.end()
})
