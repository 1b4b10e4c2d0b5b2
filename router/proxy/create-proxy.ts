import type { RequestListener } from 'node:http'
import type { Router as ExpressRouter } from 'express'
import type { Registry } from 'prom-client'
import type { Clock } from '../../src/clock.ts'
import type { Pool } from '../../src/endpoints/pool.ts'
import type { Log } from '../../src/telemetry/log.ts'
import { createGetter } from '../../src/vllm/getter.ts'
import { createAdminApi } from '../admin-api.ts'
import { DecisionLog } from '../decision-log.ts'
import { EndpointTotalsBook } from '../endpoint-totals.ts'
import { LabelCap } from '../label-cap.ts'
import { createRouterMetrics } from '../metrics.ts'
import { PolicyRequests } from '../openai/policy-request.ts'
import type { Recorders } from '../request-record.ts'
import type { Router } from '../router.ts'
import type { AskModels } from './models.ts'
import { createServerListener } from './server.ts'
import type { ProxySettings } from './settings.ts'
import { Upstreams } from './upstream.ts'

export interface ProxyOptions {
  readonly router: Router
  readonly pool: Pick<Pool, 'snapshot' | 'subscribe'>
  /** Shown by the admin API. */
  readonly policy: string
  readonly settings: ProxySettings
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
}

export interface Proxy {
  /** For `node:http`: clients talk to this. */
  readonly listener: RequestListener
  /** `/api/endpoints`, `/api/decisions` and `/api/explain`, for the admin port. */
  readonly admin: ExpressRouter
  /** Drops the connections to replicas, those in use too; close the listener first. */
  close(): void
}

/** An OpenAI-compatible reverse proxy over a pool of replicas, each request sent where `router` says. */
export function createProxy({ router, pool, policy, settings, registry, clock, log }: ProxyOptions): Proxy {
  const snapshot = (): ReturnType<Pool['snapshot']> => pool.snapshot()
  const totals = new EndpointTotalsBook()
  const metrics = createRouterMetrics({ registry, router, snapshot })
  const recorders: Recorders = {
    metrics,
    totals,
    clock,
    models: new LabelCap(MOST_MODEL_LABELS),
    decisions: new DecisionLog({ capacity: settings.decisionLogSize, wallClock: () => new Date() }),
  }
  const requests = new PolicyRequests(settings)
  const { connectTimeout, firstByteTimeout, idleTimeout } = settings
  const upstreams = new Upstreams({
    clock,
    connectTimeoutMs: connectTimeout,
    firstByteTimeoutMs: firstByteTimeout,
    idleTimeoutMs: idleTimeout,
  })
  const models = createGetter({ clock, timeoutMs: MODELS_TIMEOUT_MS, maxBodyBytes: MODELS_BYTES })
  const unsubscribe = pool.subscribe(({ endpoints }, events) => {
    // Removed too: an endpoint whose URL changed is removed and added under its name at once.
    for (const event of events)
      if (event.kind === 'restarted' || event.kind === 'removed') router.forget(event.endpoint.name)
    if (!events.some(({ kind }) => kind === 'removed')) return
    totals.keep(new Set(endpoints.map(({ endpoint }) => endpoint.name)))
    for (const event of events)
      if (event.kind === 'removed') metrics.endpointRequests.remove({ endpoint: event.endpoint.name })
  })
  const listener = createServerListener({
    router,
    snapshot,
    upstreams,
    clock,
    log,
    recorders,
    requests,
    retries: settings.retries,
    stallTimeoutMs: idleTimeout,
    decisionHeaders: settings.decisionHeaders,
    maxBodyBytes: settings.maxBodyBytes,
    requestTimeoutMs: settings.requestTimeout,
    askModels: (authorization) => askModels(models, authorization, log),
  })
  return {
    listener,
    admin: createAdminApi({
      router,
      snapshot,
      policy,
      recorders,
      requests,
      clock,
      maxBodyBytes: settings.maxBodyBytes,
    }),
    close() {
      unsubscribe()
      upstreams.close()
      models.close()
    },
  }
}

const MOST_MODEL_LABELS = 100
/** A client waits for it, and a name alone will do. */
const MODELS_TIMEOUT_MS = 2000
const MODELS_BYTES = 4 * 1024 * 1024

function askModels(getter: ReturnType<typeof createGetter>, authorization: string | undefined, log: Log): AskModels {
  const headers = authorization === undefined ? {} : { authorization }
  return async (origin) => {
    try {
      const { status, body } = await getter.get({
        url: `${origin}/v1/models`,
        what: `Cannot list models of ${origin}`,
        headers,
        signal: undefined,
      })
      return { status, body: body.toString() }
    } catch (error) {
      log.debug('models not listed', { origin, error })
      return undefined
    }
  }
}
