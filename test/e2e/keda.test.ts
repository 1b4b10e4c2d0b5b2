import t from 'tap'
import { startControlPlane } from './cluster/control-plane.ts'
import { eksNode, instanceShapes } from './cluster/gpu-nodes.ts'
import { startKeda } from './cluster/keda.ts'
import { startStandInScaler } from './cluster/stand-in-scaler.ts'

// KEDA, the HPA controller, the scheduler and kwok's nodes: a number from a scaler becomes GPU pods that run.

const cluster = await startControlPlane(t)
await cluster.apply(...[1, 2, 3].map((i) => eksNode(`p5-${i}`, instanceShapes['p5.48xlarge'], 'auto-mode')))
await startKeda(t, cluster)
const scaler = await startStandInScaler()
t.teardown(() => scaler.stop())

const name = 'vllm'
await cluster.apply(deployment(), scaledObject(scaler.address))

t.test('an idle scaler takes the Deployment to zero', async (t) => {
  await replicasBecome(0)
  t.match(scaler.asked.get('IsActive'), { inferencePool: 'llama' }, 'KEDA passes the metadata of the trigger')
})

t.test('three wanted replicas run, each on a node of its own', async (t) => {
  scaler.want(3)
  await replicasBecome(3)
  const pods = await cluster.kubectl(['get', 'pods', '-l', `app=${name}`, '-o', 'jsonpath={.items[*].spec.nodeName}'])
  t.strictSame(pods.split(' ').toSorted(), ['p5-1', 'p5-2', 'p5-3'])
  t.match(scaler.asked.get('GetMetrics'), { inferencePool: 'llama' })
})

t.test('and zero again', async () => {
  scaler.want(0)
  await replicasBecome(0)
})

async function replicasBecome(count: number): Promise<void> {
  const path = count === 0 ? '{.spec.replicas}=0' : `{.status.readyReplicas}=${count}`
  await cluster.kubectl(['wait', `deployment/${name}`, '--for', `jsonpath=${path}`, '--timeout', '100s'])
}

/** A pod takes all GPUs of a p5.48xlarge. */
function deployment(): object {
  const labels = { app: name }
  const container = { name, image: 'vllm/vllm-openai:v0.32.0', resources: { limits: { 'nvidia.com/gpu': '8' } } }
  const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]
  const template = {
    metadata: { labels },
    spec: { containers: [container], tolerations, terminationGracePeriodSeconds: 1 },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  }
}

/** KEDA looks each second and waits one for scaling to zero; scaling down is not held back. */
function scaledObject(scalerAddress: string): object {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } }
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name, namespace: 'default' },
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: 0,
      maxReplicaCount: 8,
      pollingInterval: 1,
      cooldownPeriod: 1,
      advanced: { horizontalPodAutoscalerConfig: { behavior } },
      triggers: [{ type: 'external', metadata: { scalerAddress, inferencePool: 'llama' } }],
    },
  }
}
