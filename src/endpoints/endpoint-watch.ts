import { backoffMs } from '../backoff.ts'
import { type Clock, pause } from '../clock.ts'
import { WarmpathError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { EngineClient, Scrape } from '../vllm/scrape.ts'
import type { Endpoint, EndpointHealth } from './endpoint.ts'
import type { Pool } from './pool.ts'

export interface EndpointWatchOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Log
  readonly client: EngineClient
  readonly limit: <T>(task: () => Promise<T>) => Promise<T>
  readonly intervalMs: number
  readonly failuresToUnreachable: number
  readonly staleAfterMs: number
  readonly modelsIntervalMs: number
  readonly maxBackoffMs: number
  readonly random: () => number
  readonly stopped: AbortSignal
}

/** Share of each delay that is drawn at random, so that replicas of the router do not ask in step. */
const JITTER = 0.2

/** Polls one endpoint until `stopped` aborts: first at once, then at a jittered interval, more slowly while it fails. */
export async function watchEndpoint(endpoint: Endpoint, options: EndpointWatchOptions): Promise<void> {
  const { clock, limit, intervalMs, maxBackoffMs, random, stopped } = options
  const watch = createWatch(endpoint, options)
  const backoff = { firstMs: intervalMs, maxMs: Math.max(intervalMs, maxBackoffMs), jitter: JITTER }
  while (!stopped.aborted) {
    const failures = await limit(() => watch.poll())
    const regularMs = intervalMs * (1 + JITTER * (random() - 0.5))
    await pause(clock, failures === 0 ? regularMs : backoffMs(failures, backoff, random), stopped)
  }
  watch.end()
}

/** The memory between polls. `poll` resolves with the number of consecutive failures. */
function createWatch(endpoint: Endpoint, options: EndpointWatchOptions): { poll(): Promise<number>; end(): void } {
  const { pool, clock, log, client, stopped } = options
  const { name } = endpoint
  const models = createModelListing(endpoint, options)
  let failures = 0
  let unreadableLines = false
  let cancelStale: () => void = () => {}

  function setHealth(health: EndpointHealth, reason: string): void {
    for (const event of pool.apply({ kind: 'health', name, health }))
      if (event.kind === 'health')
        log[health === 'ready' ? 'info' : 'warn'](`endpoint ${health}`, { endpoint: name, from: event.from, reason })
  }

  function learn({ signals, malformed }: Scrape): void {
    const events = pool.apply({ kind: 'signals', name, signals })
    if (events.some(({ kind }) => kind === 'restarted')) {
      log.info('endpoint restarted', { endpoint: name })
      models.forget()
    }
    cancelStale()
    cancelStale = clock.setTimer(options.staleAfterMs, () => {
      pool.apply({ kind: 'stale', name })
      log.warn('engine signals are stale and count as unknown', { endpoint: name, ageMs: options.staleAfterMs })
    })
    if (malformed.length > 0 && !unreadableLines)
      log.warn('engine metrics have unreadable lines', { endpoint: name, first: malformed[0], count: malformed.length })
    unreadableLines = malformed.length > 0
  }

  return {
    async poll() {
      if (stopped.aborted) return failures
      const answer = await orFailure(ask(client, endpoint, stopped))
      if (stopped.aborted) return failures
      if (answer instanceof WarmpathError) {
        failures += 1
        log.debug('poll failed', { endpoint: name, failures, error: answer })
        if (failures >= options.failuresToUnreachable) setHealth('unreachable', answer.message)
      } else if (answer.kind === 'unhealthy') {
        failures = 0
        setHealth('unready', `/health answered ${answer.status}`)
      } else {
        failures = 0
        learn(answer.scrape)
        setHealth('ready', 'metrics read')
        await models.listIfDue()
      }
      return failures
    },
    end: () => cancelStale(),
  }
}

/** The model list changes seldom (adapters loaded at run time), so it is asked for at a pace of its own. */
function createModelListing(endpoint: Endpoint, options: EndpointWatchOptions) {
  const { pool, clock, log, client, stopped, modelsIntervalMs, random } = options
  const { name } = endpoint
  const backoff = { firstMs: options.intervalMs, maxMs: modelsIntervalMs, jitter: JITTER }
  let dueMs = -Infinity
  let failures = 0

  return {
    async listIfDue(): Promise<void> {
      if (clock.now() < dueMs) return
      const models = await orFailure(client.models(endpoint, stopped))
      if (stopped.aborted) return
      if (models instanceof WarmpathError) {
        failures += 1
        dueMs = clock.now() + backoffMs(failures, backoff, random)
        if (failures === 1) log.warn('models not listed', { endpoint: name, error: models })
      } else {
        failures = 0
        dueMs = clock.now() + modelsIntervalMs
        pool.apply({ kind: 'models', name, servedModels: models.map((model) => model.name) })
      }
    },
    forget(): void {
      dueMs = -Infinity
    },
  }
}

type Asked =
  | { readonly kind: 'unhealthy'; readonly status: number }
  | { readonly kind: 'scraped'; readonly scrape: Scrape }

/**
 * vLLM's /health is 503 when the engine is dead, 500 before 2025-09 (vllm#24897), and its metrics are then frozen, so
 * not worth reading. An engine without /health answers 404, which says nothing.
 */
async function ask(client: EngineClient, endpoint: Endpoint, stopped: AbortSignal): Promise<Asked> {
  const status = await client.health(endpoint, stopped)
  if (status >= 500) return { kind: 'unhealthy', status }
  return { kind: 'scraped', scrape: await client.scrape(endpoint, stopped) }
}

/** An engine that does not answer is an expected outcome here; anything else that goes wrong is a fault. */
async function orFailure<T>(asked: Promise<T>): Promise<T | WarmpathError> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof WarmpathError) return error
    throw error
  }
}
