import t from 'tap'
import { at, type JsonObject, listAt } from '../../../src/kubernetes/json.ts'
import type { WebhookSettings } from '../../../webhook/settings.ts'
import { asking, stepOf, vllmPod } from '../../support/vllm-pod.ts'

interface Given {
  readonly value?: string
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
  readonly container?: JsonObject
  readonly settings?: Partial<WebhookSettings>
}

/** What the mutation did, and the first container afterwards. */
function run(id: string, { value, metadata, spec = {}, container = {}, settings = {} }: Given = {}) {
  const defaults = { [id]: value ?? 'enabled' }
  const pod = vllmPod({ ...(metadata !== undefined && { metadata }), spec, container })
  const { step, object } = stepOf(id, pod, { ...settings, defaults })
  const [first] = listAt(object, 'spec', 'containers')
  return {
    result: step?.result,
    warning: step?.warnings[0] ?? '',
    object,
    args: listAt(first, 'args'),
    env: listAt(first, 'env'),
    mounts: listAt(first, 'volumeMounts'),
  }
}

t.test('shm stays away where something is mounted, or the host shares its own', async (t) => {
  t.equal(run('shm', { container: { volumeMounts: [{ name: 'x', mountPath: '/dev/shm/' }] } }).result, 'unneeded')
  t.equal(run('shm', { spec: { hostIPC: true } }).result, 'unneeded')
  const taken = run('shm', { spec: { volumes: [{ name: 'warmpath-shm', emptyDir: {} }] } })
  t.match(taken, { result: 'left', warning: /a volume warmpath-shm of another kind/ })
  const reused = run('shm', { spec: { volumes: [{ name: 'warmpath-shm', emptyDir: { medium: 'Memory' } }] } })
  t.match(reused, { result: 'edited', mounts: [{ name: 'warmpath-shm', mountPath: '/dev/shm' }] })
  t.equal(listAt(reused.object, 'spec', 'volumes').length, 1)
})

t.test('service links are switched off once', async (t) => {
  t.equal(at(run('service-links').object, 'spec', 'enableServiceLinks'), false)
  t.equal(run('service-links', { spec: { enableServiceLinks: false } }).result, 'unneeded')
})

t.test('do-not-disrupt writes the annotation of the platform', async (t) => {
  const written = (given: Given) => at(run('do-not-disrupt', given).object, 'metadata', 'annotations')
  t.match(written({}), { 'karpenter.sh/do-not-disrupt': '30m' })
  t.match(written({ value: '1h30m' }), { 'karpenter.sh/do-not-disrupt': '1h30m' })
  t.match(written({ value: 'true: fine-tuning' }), { 'karpenter.sh/do-not-disrupt': 'true' })
  t.match(written({ settings: { platform: 'node-groups' } }), {
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  })
  const own = (value: string) =>
    run('do-not-disrupt', { metadata: { annotations: { 'karpenter.sh/do-not-disrupt': value } } })
  t.equal(own('true').result, 'unneeded')
  t.match(own('false'), { result: 'left', warning: /is "false" and stays/ })
})

t.test('prompt-tokens-details: the command line of the user counts', async (t) => {
  const flagged = (flag: string) => run('prompt-tokens-details', { container: { args: ['m', flag] } })
  t.equal(flagged('--enable-prompt-tokens-details').result, 'unneeded')
  t.match(flagged('--no-enable-prompt-tokens-details'), { result: 'left', warning: /turns them off/ })
  t.match(run('prompt-tokens-details', { container: { args: ['m', '--config', 'c.yaml'] } }), {
    result: 'left',
    warning: /c.yaml may set it/,
  })
})

t.test('python-hash-seed and nixl-host: a variable of the user stays', async (t) => {
  const seeded = (entry: object) => run('python-hash-seed', { container: { env: [entry] } })
  t.equal(seeded({ name: 'PYTHONHASHSEED', value: '0' }).result, 'unneeded')
  t.match(seeded({ name: 'PYTHONHASHSEED', value: 'random' }), { result: 'left', warning: /"random" and stays/ })
  t.equal(seeded({ name: 'PYTHONHASHSEED', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }).result, 'left')
  const name = 'VLLM_NIXL_SIDE_CHANNEL_HOST'
  const podIp = { valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }
  const hosted = (...env: readonly object[]) => run('nixl-host', { container: { env } })
  t.equal(hosted({ name, ...podIp }).result, 'unneeded')
  t.equal(hosted({ name: 'POD_IP', ...podIp }, { name, value: '$(POD_IP)' }).result, 'unneeded')
  t.equal(
    hosted({ name, value: '$(POD_IP)' }, { name: 'POD_IP', ...podIp }).result,
    'left',
    'it is expanded before its source is known',
  )
  t.match(hosted({ name, value: 'localhost' }), { result: 'left', warning: /"localhost" and stays/ })
  t.equal(hosted({ name, value: 'x' }, { name, ...podIp }).result, 'unneeded', 'the last one counts')
  t.match(hosted().env, [{ name, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }])
})

t.test('kv-events: the missing keys are added to the JSON of the user', async (t) => {
  const configured = (...args: readonly string[]) =>
    run('kv-events', { container: { args: ['m', '--port', '8100', ...args] } })
  const plain = configured()
  t.equal(plain.args[3], '--kv-events-config')
  t.same(JSON.parse(String(plain.args[4])), {
    enable_kv_cache_events: true,
    publisher: 'zmq',
    endpoint: 'tcp://*:5557',
    replay_endpoint: 'tcp://*:5657',
    topic: 'kv@$(POD_IP):8100@m',
  })
  t.match(plain.env, [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }])
  const own = configured('--kv-events-config={"topic":"$$mine","endpoint":"tcp://router:1"}')
  t.same(JSON.parse(String(own.args[3]).replace('--kv-events-config=', '')), {
    topic: '$$mine',
    endpoint: 'tcp://router:1',
    enable_kv_cache_events: true,
    publisher: 'zmq',
    replay_endpoint: 'tcp://*:5657',
  })
  t.same(own.env, [], 'no address is needed')
  t.match(configured('--kv-events-config.topic=x').args.slice(4), [
    '--kv-events-config.enable_kv_cache_events=true',
    /publisher/,
    /endpoint/,
    /replay/,
  ])
  for (const off of ['{"enable_kv_cache_events":false}', '{"publisher":"null"}'])
    t.match(configured('--kv-events-config', off), { result: 'left', warning: /turns events off/ })
})

t.test('kv-events: the names of the user in the topic', async (t) => {
  const topicOf = (...args: readonly string[]) => {
    const { args: words } = run('kv-events', { container: { args, env: [{ name: 'POD_IP', value: 'own' }] } })
    return at(JSON.parse(String(words.at(-1))), 'topic')
  }
  t.equal(topicOf('m', '--served-model-name', 'a', 'b'), 'kv@$(POD_IP):8000@a')
  t.equal(topicOf('a"b'), 'kv@$(POD_IP):8000@a"b')
  t.equal(topicOf('$(MODEL)'), undefined)
  t.equal(topicOf('m', '--port=$(PORT)'), 'kv@$(POD_IP)@m')
})

t.test('model-cache: a cache of the user stays', async (t) => {
  const cached = (container: JsonObject, value = 'nvme') => run('model-cache', { value, container })
  t.equal(cached({ volumeMounts: [{ name: 'x', mountPath: '/root/.cache' }] }).result, 'unneeded')
  const env = [{ name: 'HF_HOME', value: '/models' }]
  t.equal(cached({ env, volumeMounts: [{ name: 'x', mountPath: '/models' }] }).result, 'unneeded')
  t.match(cached({ env }), { result: 'left', warning: /HF_HOME is "\/models" and stays, on no volume/ })
  const taken = run('model-cache', {
    value: 'compile',
    spec: { volumes: [{ name: 'warmpath-cache', hostPath: { path: '/x' } }] },
  })
  t.match(taken, { result: 'left', warning: /warmpath-cache of another kind/, env: [] })
})

t.test('model-cache: streaming fits the model, the GPUs and the memory', async (t) => {
  const streamed = (args: readonly string[], limits = {}) =>
    run('model-cache', {
      value: 's3',
      container: { args, resources: { limits: { 'nvidia.com/gpu': '8', ...limits } } },
    })
  const small = 's3://b/Qwen3-8B/'
  t.same(streamed([small]).args, [
    small,
    '--load-format',
    'runai_streamer',
    '--model-loader-extra-config',
    '{"concurrency":4}',
  ])
  t.match(streamed([small]).env, [{ name: 'RUNAI_STREAMER_CHUNK_BYTESIZE', value: '4294967296' }])
  const tight = streamed([small], { memory: '8Gi' })
  t.same([tight.args, tight.env], [[small, '--load-format', 'runai_streamer'], []])
  t.match(streamed(['s3://b/own', '-tp', '8']).args.slice(3), [
    '--load-format',
    'runai_streamer',
    '--model-loader-extra-config',
    '{"distributed":true}',
  ])
  t.notMatch(streamed(['s3://b/own', '-tp', '8', '--enforce-eager']).args, ['--model-loader-extra-config'])
  t.match(streamed(['Qwen/Qwen3-8B']), { result: 'left', warning: /none of s3:/ })
  t.match(streamed([small, '--load-format', 'sharded_state']), { result: 'left', warning: /"sharded_state" and stays/ })
  t.equal(
    streamed([small, '--load-format=runai_streamer', '--model-loader-extra-config={"concurrency":2}']).result,
    'edited',
  )
})

t.test('kai-scheduler: scheduler and queue of the user stay', async (t) => {
  const queued = (spec: JsonObject, labels: JsonObject = {}) =>
    run('kai-scheduler', { value: 'q', spec, metadata: { labels }, settings: { platform: 'karpenter' } })
  t.match(queued({ schedulerName: 'volcano' }), { result: 'left', warning: /"volcano" and stays/ })
  t.match(queued({}, { 'kai.scheduler/queue': 'r' }), { result: 'left', warning: /"r" and stays/ })
  t.equal(queued({ schedulerName: 'kai-scheduler' }, { 'kai.scheduler/queue': 'q' }).result, 'unneeded')
  const { object } = queued({ schedulerName: 'kai-scheduler' })
  t.same(at(object, 'metadata', 'labels'), { 'kai.scheduler/queue': 'q' })
})

t.test('device-plugin-label is for Auto Mode', async (t) => {
  const labelOn = (platform: WebhookSettings['platform']) =>
    stepOf('device-plugin-label', vllmPod({}), { platform }).step?.result
  t.same((['auto-mode', 'mixed', 'karpenter', 'node-groups'] as const).map(labelOn), [
    'edited',
    'edited',
    'unneeded',
    'unneeded',
  ])
})

t.test('a command line whose places cannot be told is left', async (t) => {
  const odd = run('prompt-tokens-details', { container: { args: [7, 'm'] } })
  t.match(odd, { result: 'left', warning: /no texts/ })
})

t.test('a long value of the user is cut, and what is said of it stays', async (t) => {
  const { warning } = run('python-hash-seed', {
    container: { env: [{ name: 'PYTHONHASHSEED', value: 'x'.repeat(500) }] },
  })
  t.match(warning, /^python-hash-seed: its own PYTHONHASHSEED is "x+\.\.\." and stays$/)
})

t.test('an option on the pod is read like the default of the cluster', async (t) => {
  t.equal(stepOf('shm', vllmPod({ metadata: asking('shm', '2Gi') })).step?.result, 'edited')
})
