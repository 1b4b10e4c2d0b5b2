import t from 'tap'
import type { JsonObject } from '../../src/kubernetes/json.ts'
import { podNeeds, podRequest } from '../../webhook/pod-resources.ts'
import { readPod } from '../../webhook/pod-view.ts'

const asking = (cpu: string | number, more: JsonObject = {}) => ({ resources: { requests: { cpu } }, ...more })

function cpusOf(containers: readonly JsonObject[], initContainers: readonly JsonObject[] = []): number {
  const pod = readPod({ spec: { containers, initContainers } })
  return pod === undefined ? Number.NaN : podRequest(pod, 'cpu')
}

t.test('podRequest() adds the containers, or takes the largest init container if that is more', async (t) => {
  t.equal(cpusOf([asking(1), asking('500m')]), 1.5)
  t.equal(cpusOf([asking(1)], [asking(4), asking(2)]), 4)
})

t.test('sidecars run beside the containers, and beside the init containers after them', async (t) => {
  const sidecar = asking(2, { restartPolicy: 'Always' })
  t.equal(cpusOf([asking(1)], [sidecar, asking(4)]), 6)
  t.equal(cpusOf([asking(1)], [asking(4), sidecar]), 4)
  t.equal(cpusOf([asking(3)], [asking(4), sidecar]), 5)
})

t.test('a limit is the request where none is written; what cannot be read counts as nothing', async (t) => {
  t.equal(cpusOf([{ resources: { limits: { cpu: 2 } } }]), 2)
  t.equal(cpusOf([{ resources: { limits: { cpu: 4 }, requests: { cpu: 1 } } }]), 1)
  t.equal(cpusOf([asking('many'), asking(-3), {}]), 0)
})

t.test('podNeeds() gives milli-CPUs and MiB, and EFA where there is any', async (t) => {
  const limits = { cpu: '1500m', memory: '1Gi', 'nvidia.com/gpu': 8, 'vpc.amazonaws.com/efa': 4 }
  const pod = readPod({ spec: { containers: [{ resources: { limits } }] } })
  t.same(pod && podNeeds(pod), { gpus: 8, efas: 4, cpuMilli: 1500, memoryMiB: 1024 })
  const plain = readPod({ spec: { containers: [{}] } })
  t.same(plain && podNeeds(plain), { gpus: 0, cpuMilli: 0, memoryMiB: 0 })
})
