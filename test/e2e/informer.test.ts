import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { realClock } from '../../src/clock.ts'
import { createKubernetesClient } from '../../src/kubernetes/client.ts'
import { startInformer } from '../../src/kubernetes/informer.ts'
import { listAt } from '../../src/kubernetes/json.ts'
import { KubernetesError } from '../../src/kubernetes/kubernetes-error.ts'
import { type Pod, toPod } from '../../src/kubernetes/pod.ts'
import { recordLog } from '../support/recorded-log.ts'
import { startControlPlane } from './cluster/control-plane.ts'

// The informer against a real kube-apiserver, through a wire that the test can cut.

const namespace = 'followed'

interface Wire {
  readonly port: number
  /** Breaks open connections and refuses new ones until `mend`. */
  cut(): void
  mend(): void
}

/** Passes bytes between a loopback port and another. */
async function startWire(t: Test, target: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  }
  const destroyAll = () => sockets.forEach((socket) => socket.destroy())
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = connect(target, '127.0.0.1')
    keep(near)
    keep(far)
    near.pipe(far).pipe(near)
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    destroyAll()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut() {
      isCut = true
      destroyAll()
    },
    mend() {
      isCut = false
    },
  }
}

const podOf = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: 'vllm' } },
    spec: { containers: [{ name: 'vllm', image: 'vllm' }] },
  })

t.test('the informer follows pods through a compaction it could not see', { timeout: 300_000 }, async (t) => {
  const cluster = await startControlPlane(t)
  const config = await readFile(cluster.kubeconfig, 'utf8')
  const server = /https:\/\/127\.0\.0\.1:(\d+)/.exec(config)
  const wire = await startWire(t, Number(server?.[1]))
  const path = join(cluster.folder, 'wired.kubeconfig')
  await writeFile(path, config.replaceAll(server?.[0] ?? '', `https://127.0.0.1:${wire.port}`))
  await cluster.kubectl(['create', 'namespace', namespace])
  const create = (name: string) => cluster.kubectl(['create', '-f', '-'], podOf(name))
  const remove = (name: string) =>
    cluster.kubectl(['delete', 'pod', name, '-n', namespace, '--force', '--grace-period=0'])
  for (const name of ['first', 'second', 'third']) await create(name)

  const heard: string[] = []
  const waiting = new Set<() => void>()
  const hears = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const check = () => {
        if (!heard.includes(text)) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  const { log, lines, line } = recordLog()
  const informer = startInformer<Pod>({
    client: createKubernetesClient({ kind: 'kubeconfig', path }),
    resource: { group: '', version: 'v1', plural: 'pods', namespace, labelSelector: 'app=vllm' },
    parse: toPod,
    onChanges(changes) {
      heard.push(...changes.map(({ kind, object }) => `${kind} ${object.name}`))
      for (const check of [...waiting]) check()
    },
    ...{ clock: realClock, random: Math.random, log, pageSize: 2 },
    // The API server is back after some seconds; half a minute between attempts would only be waited for.
    backoff: { firstMs: 200, maxMs: 1000 },
  })
  t.teardown(() => informer.stop())
  t.equal(await informer.synced, true)
  t.same(heard.slice(0, 3), ['added first', 'added second', 'added third'])

  await create('fourth')
  await hears('added fourth')
  await remove('first')
  await hears('deleted first')
  await cluster.kubectl(['label', 'pod', 'fourth', '-n', namespace, 'app=other', '--overwrite'])
  await hears('deleted fourth')

  const before = heard.length
  wire.cut()
  await line('kubernetes list or watch failed')
  await remove('second')
  await remove('third')
  await create('third')
  await create('fifth')
  await cluster.compact()
  t.same(heard.length, before, 'nothing is heard while the wire is cut')
  wire.mend()
  await hears('added fifth')

  t.ok(
    lines.some(({ fields }) => statusIn(fields['error']) === 410),
    'the old position was refused with 410',
  )
  const missed = heard.slice(before)
  t.ok(missed.indexOf('deleted second') !== -1, 'the deletion is delivered')
  t.ok(missed.indexOf('deleted third') !== -1, 'so is that of a pod whose name was taken again')
  t.ok(missed.indexOf('added third') > missed.indexOf('deleted third'))
  const listed: unknown = JSON.parse(
    await cluster.kubectl(['get', 'pods', '-n', namespace, '-l', 'app=vllm', '-o', 'json']),
  )
  const uids = listAt(listed, 'items').map((item) => toPod(item)?.uid)
  t.same(new Set(informer.objects().map(({ uid }) => uid)), new Set(uids))

  await create('sixth')
  await hears('added sixth')
  t.match(informer.status(), { synced: true, failures: 0, complete: true, unreadable: 0 })
})

function statusIn(error: unknown): number | undefined {
  return error instanceof KubernetesError ? error.answered : undefined
}
