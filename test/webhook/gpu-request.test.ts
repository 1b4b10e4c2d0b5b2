import t from 'tap'
import { foreignAccelerator, gpuRequestsOf, wantsDevices } from '../../webhook/gpu-request.ts'
import { readPod } from '../../webhook/pod-view.ts'

const read = (spec: object) => {
  const view = readPod({ spec })
  if (view === undefined) throw new Error('no pod')
  return view
}
const container = (resources: object) => {
  const [first] = read({ containers: [{ resources }] }).containers
  if (first === undefined) throw new Error('no container')
  return first
}

t.test('what a container asks of GPUs', async (t) => {
  const cases = [
    [{ limits: { 'nvidia.com/gpu': 8 } }, [{ kind: 'gpus', count: 8 }]],
    [{ requests: { 'nvidia.com/gpu': '2' } }, [{ kind: 'gpus', count: 2 }]],
    [{ requests: { 'nvidia.com/gpu': '2' }, limits: { 'nvidia.com/gpu': '4' } }, [{ kind: 'gpus', count: 4 }]],
    [{ limits: { 'nvidia.com/mig-1g.10gb': '1' } }, [{ kind: 'mig', resource: 'nvidia.com/mig-1g.10gb', count: 1 }]],
    [{ claims: [{ name: 'a' }, { name: 'b', request: 'r' }] }, [{ kind: 'claims', names: ['a', 'b'] }]],
    [{ limits: { 'nvidia.com/gpu': '0' } }, []],
    [{ limits: { 'nvidia.com/gpu': 'many' } }, []],
    [{ limits: { 'nvidia.com/gpu.shared': '1', cpu: '4' } }, []],
    [{}, []],
  ] as const
  for (const [resources, expected] of cases)
    t.same(gpuRequestsOf(container(resources)), expected, JSON.stringify(resources))
})

t.test('accelerators of other makers', async (t) => {
  const foreign = [
    'google.com/tpu',
    'aws.amazon.com/neuron',
    'aws.amazon.com/neuroncore',
    'habana.ai/gaudi',
    'gpu.intel.com/xe',
    'amd.com/gpu',
  ]
  for (const resource of foreign) t.equal(foreignAccelerator(container({ limits: { [resource]: '1' } })), resource)
  t.equal(foreignAccelerator(container({ limits: { 'nvidia.com/gpu': '1', 'vpc.amazonaws.com/efa': '4' } })), undefined)
})

t.test('a pod wants devices if any container asks, or it has claims', async (t) => {
  const asks = { resources: { limits: { 'nvidia.com/gpu': '1' } } }
  t.equal(wantsDevices(read({ containers: [{}] })), false)
  t.equal(wantsDevices(read({ containers: [{}, asks] })), true)
  t.equal(wantsDevices(read({ containers: [{}], initContainers: [asks] })), true)
  t.equal(wantsDevices(read({ containers: [{}], resourceClaims: [{ name: 'a' }] })), true)
})
