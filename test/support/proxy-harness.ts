import { Registry } from 'prom-client'
import type { Test } from 'tap'
import { createRouter } from '../../router/create-router.ts'
import { createDashboard } from '../../router/dashboard/dashboard.ts'
import { roundRobin } from '../../router/policies/round-robin.ts'
import { createProxy } from '../../router/proxy/create-proxy.ts'
import { isList, isObject, type JsonObject } from '../../router/openai/json.ts'
import type { ProxySettings } from '../../router/proxy/settings.ts'
import type { PolicyDefinition } from '../../router/scheduling/policy.ts'
import { realClock } from '../../src/clock.ts'
import { createPool } from '../../src/endpoints/pool.ts'
import { listen } from '../../src/net/http-server.ts'
import { createAdmin } from '../../src/telemetry/admin.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { type FakeReplica, startFakeReplica } from './fake-replica.ts'

export const testSettings: ProxySettings = {
  retries: 2,
  maxBodyBytes: 64 * 1024,
  requestTimeout: 5000,
  connectTimeout: 2000,
  firstByteTimeout: 5000,
  idleTimeout: 5000,
  decisionHeaders: true,
  blockTokens: 8,
  decisionLogSize: 50,
}

export interface HarnessOptions {
  readonly replicas: readonly Pick<FakeReplica, 'name' | 'url'>[]
  readonly settings?: Partial<ProxySettings>
  readonly policy?: PolicyDefinition
}

/** A proxy over these replicas, on real sockets. All serve the model `m`. */
export async function startProxy({ replicas, settings = {}, policy = roundRobin }: HarnessOptions) {
  const pool = createPool(realClock)
  const endpoints = replicas.map(({ name, url }) => ({ name, url, pool: 'test', model: 'm', labels: {} }))
  pool.apply({ kind: 'replaced', source: 'test', endpoints })
  for (const { name } of replicas) pool.apply({ kind: 'health', name, health: 'ready' })
  const registry = new Registry()
  const all = { ...testSettings, ...settings }
  const router = createRouter({ policy, clock: realClock, random: () => 0.5, blockTokens: all.blockTokens })
  const proxy = createProxy({
    router,
    pool,
    policy: policy.type,
    settings: all,
    registry,
    clock: realClock,
    log: silentLog,
  })
  const listener = await listen(proxy.listener, { host: '127.0.0.1', port: 0 })
  const routes = [proxy.admin, await createDashboard()]
  const admin = await listen(createAdmin({ registry, readiness: () => [], routes }), { host: '127.0.0.1', port: 0 })
  return {
    url: `http://127.0.0.1:${listener.port}`,
    adminUrl: `http://127.0.0.1:${admin.port}`,
    pool,
    router,
    registry,
    inFlight: () => replicas.reduce((sum, { name }) => sum + router.view(name).load.requests, 0),
    /** Takes no more requests and resolves when the open ones have ended. */
    drain: () => listener.close(AbortSignal.timeout(10_000)),
    async close(): Promise<void> {
      const now = AbortSignal.abort()
      await Promise.all([listener.close(now), admin.close(now)])
      proxy.close()
    },
  }
}

/** The objects of a list in an admin answer. */
export async function rowsOf(response: Promise<Response>, key: string): Promise<readonly JsonObject[]> {
  const body: unknown = await (await response).json()
  const rows = isObject(body) ? body[key] : undefined
  return isList(rows) ? rows.filter(isObject) : []
}

/** A proxy over one or two fake replicas, `r0` and `r1`, until the test ends. Round-robin starts with `r0`. */
export async function startFor(t: Test, count: 1 | 2, options: Omit<HarnessOptions, 'replicas'> = {}) {
  const first = await startFakeReplica('r0')
  const second = count === 2 ? await startFakeReplica('r1') : first
  const replicas = count === 2 ? [first, second] : [first]
  const proxy = await startProxy({ replicas, ...options })
  t.teardown(async () => {
    await proxy.close()
    await Promise.all(replicas.map((replica) => replica.close()))
  })
  return { proxy, replicas, first, second }
}

export const chat = { model: 'm', messages: [{ role: 'user', content: 'hello' }] }
export const streamed = { ...chat, stream: true }

/** `body` as it is when it is a text, else as JSON. */
export const post = (
  url: string,
  body: unknown,
  init: RequestInit = {},
  path = '/v1/chat/completions',
): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...init })
