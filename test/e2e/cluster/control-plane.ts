import { rm } from 'node:fs/promises'
import { crdFolder, crds } from '../parts/crds.ts'
import { goBin } from '../parts/go-part.ts'
import { kubectl } from '../parts/kubernetes.ts'
import { requirePart } from '../parts/require-part.ts'
import { type Output, type RunOptions, runFor } from '../run.ts'
import { scratchFolder } from '../scratch.ts'
import { startApiServer } from './api-server.ts'
import { type Authority, createAuthority } from './certificates.ts'
import { startControllerManager, startKwok, startScheduler } from './controllers.ts'
import { startEtcd } from './etcd.ts'
import { writeKubeconfig } from './kubeconfig.ts'

/** A Kubernetes control plane on loopback: real servers, nodes and pods played by kwok. */
export interface ControlPlane {
  /** URL of the API server. */
  readonly url: string
  readonly authority: Authority
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string
  /** Empty at first and removed with the control plane, for what goes with it. */
  readonly folder: string
  /** Path of a kubeconfig of another user, who has the rights that RBAC objects give. */
  kubeconfigFor(user: string, organization?: string): Promise<string>
  /** Runs kubectl with all rights and gives what it printed. Rejects with COMMAND_FAILED. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>
  /** `kubectl apply` of objects. */
  apply(...objects: readonly object[]): Promise<void>
  /** `kubectl create` of one object: what was stored, and the warnings. Rejects when it is refused. */
  create(object: object, ...more: readonly string[]): Promise<Created>
  /** Reads an object; rejects when it is not there. */
  get(kind: string, name: string, namespace?: string): Promise<unknown>
  /** From then on versions of before are gone: 410 for a watch or a list that asks for them. */
  compact(): Promise<void>
  /** Ends the API server and starts it again on the same port and data. */
  restartApiServer(): Promise<void>
}

export interface Created {
  readonly object: unknown
  /** Without `Warning: `. */
  readonly warnings: readonly string[]
}

interface Test {
  teardown(run: () => Promise<void>): unknown
}

/** Started for one test file and ended with it, the last started first. Rejects with PART_MISSING and the like. */
export async function startControlPlane(t: Test): Promise<ControlPlane> {
  const stops: (() => Promise<void>)[] = []
  t.teardown(async () => {
    for (const stop of stops.toReversed()) await stop()
  })
  const folder = await scratchFolder('cluster')
  stops.push(() => rm(folder, { recursive: true, force: true }))
  const authority = await createAuthority(folder, 'cluster-ca')
  const etcd = await startEtcd(folder)
  stops.push(() => etcd.process.stop())
  const api = await startApiServer(folder, { authority, etcdUrl: etcd.url })
  stops.push(() => api.stop())
  const kubeconfigFor = async (user: string, organization?: string): Promise<string> => {
    const pair = await authority.issue({ name: user, ...(organization === undefined ? {} : { organization }) })
    return writeKubeconfig(folder, user, { server: api.url, authority: authority.file, pair })
  }
  // The group that the API server itself binds to cluster-admin.
  const kubeconfig = await kubeconfigFor('admin', 'system:masters')
  const { serviceAccountKey } = api
  for (const start of [startControllerManager, startScheduler, startKwok]) {
    const process = await start({ authority, kubeconfig, serviceAccountKey })
    stops.push(() => process.stop())
  }
  const cluster = { url: api.url, authority, kubeconfig, folder, kubeconfigFor, ...(await commands(kubeconfig)) }
  await installCrds(cluster.kubectl)
  return {
    ...cluster,
    async compact() {
      await etcd.compact()
      // The watch cache of the API server remembers what etcd has forgotten, until it starts anew.
      await api.restart()
    },
    restartApiServer: () => api.restart(),
  }
}

async function commands(kubeconfig: string): Promise<Pick<ControlPlane, 'kubectl' | 'apply' | 'create' | 'get'>> {
  const program = goBin(await requirePart(kubectl), kubectl)
  const callFor = (args: readonly string[], stdin?: string): Promise<Output> => {
    const options: RunOptions = { timeoutMs: 120_000, ...(stdin === undefined ? {} : { input: stdin }) }
    return runFor(program, ['--kubeconfig', kubeconfig, ...args], options)
  }
  const call = async (args: readonly string[], stdin?: string): Promise<string> => (await callFor(args, stdin)).stdout
  return {
    kubectl: call,
    async create(one, ...more) {
      const args = ['create', '--filename', '-', '--output', 'json', ...more]
      const { stdout, stderr } = await callFor(args, JSON.stringify(one))
      const object: unknown = JSON.parse(stdout)
      const warnings = stderr.split('\n').flatMap((line) => (line.startsWith(said) ? [line.slice(said.length)] : []))
      return { object, warnings }
    },
    async apply(...objects) {
      await call(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    },
    async get(kind, name, namespace = 'default') {
      const object: unknown = JSON.parse(await call(['get', kind, name, '--namespace', namespace, '--output', 'json']))
      return object
    },
  }
}

const said = 'Warning: '

async function installCrds(call: ControlPlane['kubectl']): Promise<void> {
  const folder = crdFolder(await requirePart(crds))
  // Server side: KEDA's CRDs are too long for the annotation that a client-side apply writes.
  await call(['apply', '--server-side', '-f', folder])
  await call(['wait', '--for', 'condition=Established', '--timeout', '60s', '-f', folder])
}
