import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startControlPlane } from './cluster/control-plane.ts'
import { eksNode, instanceShapes } from './cluster/gpu-nodes.ts'
import { isAlive } from './ports.ts'
import { pause } from './process.ts'

// The bench itself: nodes that look like EKS, the scheduler on them, the CRDs our users have, and a crash.

const cluster = await startControlPlane(t)
await cluster.apply(
  eksNode('gpu-p', instanceShapes['p5.48xlarge'], 'karpenter'),
  eksNode('gpu-g', instanceShapes['g6.12xlarge'], 'karpenter'),
  eksNode('plain', instanceShapes['m7i.4xlarge'], 'karpenter'),
)

function pod(name: string, spec: object, limits: Readonly<Record<string, string>> = {}): object {
  const container = { name: 'main', image: 'vllm/vllm-openai:v0.32.0', resources: { limits } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [container], ...spec },
  }
}

const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]
const categoryP = { 'karpenter.k8s.aws/instance-category': 'p' }
const wholeNode = { 'nvidia.com/gpu': '8', 'vpc.amazonaws.com/efa': '32' }

t.test('a GPU pod with a toleration and the p selector runs on the p5 node, with its network cards', async (t) => {
  await cluster.apply(pod('fits', { tolerations, nodeSelector: categoryP }, wholeNode))
  await cluster.kubectl(['wait', 'pod/fits', '--for', 'condition=Ready', '--timeout', '60s'])
  t.match(await cluster.get('pod', 'fits'), { spec: { nodeName: 'gpu-p' }, status: { podIP: /^10\.128\./ } })
})

t.test('a GPU pod that does not tolerate the taint stays pending, and the scheduler says why', async (t) => {
  await cluster.apply(pod('intolerant', {}, { 'nvidia.com/gpu': '1' }))
  const reason = '{.status.conditions[?(@.type=="PodScheduled")].reason}'
  await cluster.kubectl(['wait', 'pod/intolerant', '--for', `jsonpath=${reason}=Unschedulable`, '--timeout', '60s'])
  t.match(JSON.stringify(await cluster.get('pod', 'intolerant')), /untolerated taint/)
})

t.test('objects of the CRDs that users have are accepted', async (t) => {
  const labels = { app: 'vllm' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'vllm', image: 'vllm' }] } }
  const poolRef = { name: 'llama', group: 'inference.networking.k8s.io', kind: 'InferencePool' }
  const objects = [
    {
      apiVersion: 'inference.networking.k8s.io/v1',
      kind: 'InferencePool',
      spec: {
        selector: { matchLabels: labels },
        targetPorts: [{ number: 8000 }],
        endpointPickerRef: { name: 'warmpath', port: { number: 9002 } },
      },
    },
    {
      apiVersion: 'inference.networking.x-k8s.io/v1alpha2',
      kind: 'InferenceObjective',
      spec: { priority: 1, poolRef },
    },
    {
      apiVersion: 'inference.networking.x-k8s.io/v1alpha2',
      kind: 'InferenceModelRewrite',
      spec: { poolRef, rules: [{ targets: [{ weight: 1, modelRewrite: 'llama-v2' }] }] },
    },
    {
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      spec: {
        template: {
          spec: {
            nodeClassRef: { group: 'eks.amazonaws.com', kind: 'NodeClass', name: 'default' },
            requirements: [{ key: 'eks.amazonaws.com/instance-category', operator: 'In', values: ['p'] }],
          },
        },
      },
    },
    {
      apiVersion: 'leaderworkerset.x-k8s.io/v1',
      kind: 'LeaderWorkerSet',
      spec: { replicas: 1, leaderWorkerTemplate: { size: 2, workerTemplate: template } },
    },
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      spec: {
        scaleTargetRef: { name: 'vllm' },
        triggers: [{ type: 'external', metadata: { scalerAddress: 'warmpath-scaler:6000' } }],
      },
    },
  ]
  for (const object of objects) {
    await cluster.apply({ ...object, metadata: { name: 'llama', namespace: 'default' } })
    t.match(await cluster.get(object.kind, 'llama'), { kind: object.kind })
  }
})

t.test('the API server comes back after a restart with what it held', async (t) => {
  await cluster.compact()
  t.match(await cluster.get('pod', 'fits'), { spec: { nodeName: 'gpu-p' } })
})

t.test('what a process started ends with it, though it be killed', async (t) => {
  const script = fileURLToPath(new URL('cluster/start-and-wait.ts', import.meta.url))
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const printed: readonly unknown[] = await once(child.stdout, 'data')
  const etcd = Number(String(printed[0]))
  t.ok(isAlive(etcd), `etcd runs as ${etcd}`)
  child.kill('SIGKILL')
  await once(child, 'close')
  const deadline = performance.now() + 10_000
  while (isAlive(etcd) && performance.now() < deadline) await pause(50)
  t.notOk(isAlive(etcd))
})
