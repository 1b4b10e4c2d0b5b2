import type { Router as AdminRoutes } from 'express'
import type { Registry } from 'prom-client'
import { createProxy, createRouter, policies, type routerFields } from '../../router/index.ts'
import type { Clock } from '../clock.ts'
import type { ConfigOf } from '../config/field.ts'
import type { Pool } from '../endpoints/pool.ts'
import { startPoller } from '../endpoints/poller.ts'
import { WarmpathError } from '../errors.ts'
import { listen } from '../net/http-server.ts'
import type { Log } from '../telemetry/log.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The router's options but those that say where its endpoints are. */
export type RouterConfig = ConfigOf<Omit<typeof routerFields, 'endpointsFile' | 'endpoints' | 'model'>>

export interface RouterSurroundings {
  readonly pool: Pool
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
  readonly lifecycle: Lifecycle
}

export interface PreparedRouter {
  readonly adminRoutes: AdminRoutes
  /** Why it should get no traffic now; empty = it should. */
  readonly readiness: () => readonly string[]
  /** Serves clients; resolves to the address. */
  listen(): Promise<string>
}

/**
 * Wires the router and polls the pool's endpoints. At the end clients are let go first, and the connections to
 * replicas last; whoever serves `adminRoutes` starts before `listen`, so that they can be read while streams end.
 */
export function prepareRouter(config: RouterConfig, surroundings: RouterSurroundings): PreparedRouter {
  const { pool, registry, clock, log, lifecycle } = surroundings
  const policy = policies.find(({ type }) => type === config.policy)
  if (policy === undefined) throw new WarmpathError('POLICY_UNKNOWN', `Cannot route: no policy "${config.policy}"`)
  const router = createRouter({ policy, clock, random: Math.random, blockTokens: config.blockTokens })
  const proxy = createProxy({ router, pool, policy: policy.type, settings: config, registry, clock, log })
  lifecycle.onStop('connections to replicas', () => proxy.close())
  const poller = startPoller({
    pool,
    clock,
    log,
    intervalMs: config.metricsInterval,
    timeoutMs: POLL_TIMEOUT_MS,
    concurrency: POLLS_AT_ONCE,
  })
  lifecycle.onStop('poller', () => poller.stop())
  return {
    adminRoutes: proxy.admin,
    readiness: () => readinessOf(pool, lifecycle.stopping.aborted),
    async listen() {
      const listener = await listen(proxy.listener, {
        host: config.host,
        port: config.port,
        // Ours answers in OpenAI's shape; Node's own, a little later, only closes what is left.
        requestTimeoutMs: config.requestTimeout + NODE_TIMEOUT_EXTRA_MS,
      })
      lifecycle.onStop('router', (deadline) => listener.close(deadline))
      return listener.url
    },
  }
}

const POLL_TIMEOUT_MS = 2000
const POLLS_AT_ONCE = 64
const NODE_TIMEOUT_EXTRA_MS = 10_000

function readinessOf(pool: Pool, stopping: boolean): readonly string[] {
  if (stopping) return ['stopping']
  const { endpoints } = pool.snapshot()
  if (endpoints.length === 0) return ['no endpoints']
  return endpoints.some(({ health }) => health === 'ready') ? [] : ['no endpoint is ready']
}
