import t from 'tap'
import { at } from '../../../src/kubernetes/json.ts'
import { stepOf, vllmPod } from '../../support/vllm-pod.ts'

const gpu = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }

const enough: readonly object[] = [
  gpu,
  { key: 'nvidia.com/gpu', operator: 'Exists' },
  { operator: 'Exists' },
  { key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' },
]
for (const toleration of enough) {
  t.test(`${JSON.stringify(toleration)} is enough`, async (t) => {
    t.equal(stepOf('gpu-toleration', vllmPod({ spec: { tolerations: [toleration] } })).step?.result, 'unneeded')
  })
}

const others: readonly object[] = [
  { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoExecute' },
  { key: 'nvidia.com/gpu', operator: 'Equal', value: 'false' },
  { key: 'nvidia.com/mig-1g.10gb', operator: 'Exists', effect: 'NoSchedule' },
  { operator: 'Exists', effect: 'NoExecute' },
]
for (const toleration of others) {
  t.test(`${JSON.stringify(toleration)} stays, and ours comes behind it`, async (t) => {
    const { object } = stepOf('gpu-toleration', vllmPod({ spec: { tolerations: [toleration] } }))
    t.same(at(object, 'spec', 'tolerations'), [toleration, gpu])
  })
}

t.test('a value of another taint is not known', async (t) => {
  const tolerations = [gpu, { key: 'block', value: 'true', effect: 'NoSchedule' }]
  const { object } = stepOf('gpu-toleration', vllmPod({ spec: { tolerations } }), {
    extraTolerations: ['block', 'block', 'nvidia.com/gpu'],
  })
  t.same(at(object, 'spec', 'tolerations'), [
    ...tolerations,
    { key: 'block', operator: 'Exists', effect: 'NoSchedule' },
  ])
})
