import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import { createEngineClient } from '../vllm/scrape.ts'
import type { Endpoint } from './endpoint.ts'
import { watchEndpoint } from './endpoint-watch.ts'
import { createLimiter } from './limiter.ts'
import type { Pool } from './pool.ts'

export interface PollerOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Log
  /** From the end of one poll of an endpoint to the next, ms; at least 200: the router's ledger is the fast signal. */
  readonly intervalMs: number
  /** For each request of a poll, ms. */
  readonly timeoutMs: number
  /** Endpoints asked at the same time. */
  readonly concurrency: number
  /** Consecutive failed polls after which an endpoint is unreachable; 3 by default. */
  readonly failuresToUnreachable?: number
  /** Age at which signals become unknown, ms; five intervals and a timeout by default. */
  readonly staleAfterMs?: number
  /** Between two listings of an endpoint's models, ms; 30 s by default. */
  readonly modelsIntervalMs?: number
  /** Longest pause after failures, ms; 5 s by default, so that a recovered endpoint is soon used again. */
  readonly maxBackoffMs?: number
  /** Sent to engines that were started with `--api-key`. */
  readonly apiKey?: string
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: () => number
}

const MIN_POLL_INTERVAL_MS = 200

/**
 * Keeps health, signals and models of every endpoint of the pool current, from the moment it is added until it is
 * removed. Never two requests to one endpoint at once. `stop` resolves when nothing of it is left.
 */
export function startPoller(options: PollerOptions): { stop(): Promise<void> } {
  const { pool, clock, log, intervalMs, timeoutMs, apiKey, random = Math.random } = options
  if (intervalMs < MIN_POLL_INTERVAL_MS)
    throw new RangeError(`Cannot poll: interval ${intervalMs} ms, expected at least ${MIN_POLL_INTERVAL_MS} ms`)
  const client = createEngineClient({ clock, timeoutMs, ...(apiKey !== undefined && { apiKey }) })
  const shared = {
    pool,
    clock,
    log,
    client,
    limit: createLimiter(options.concurrency),
    intervalMs,
    failuresToUnreachable: options.failuresToUnreachable ?? 3,
    staleAfterMs: options.staleAfterMs ?? 5 * intervalMs + timeoutMs,
    modelsIntervalMs: options.modelsIntervalMs ?? 30_000,
    maxBackoffMs: options.maxBackoffMs ?? 5_000,
    random,
  }
  const stopping = new Map<string, AbortController>()
  const running = new Set<Promise<void>>()

  function start(endpoint: Endpoint): void {
    const stop = new AbortController()
    stopping.set(endpoint.name, stop)
    const watching = watchEndpoint(endpoint, { ...shared, stopped: stop.signal }).finally(() =>
      running.delete(watching),
    )
    running.add(watching)
  }

  function end(name: string): void {
    stopping.get(name)?.abort()
    stopping.delete(name)
  }

  const unsubscribe = pool.subscribe((_snapshot, events) => {
    for (const event of events) {
      if (event.kind === 'removed') end(event.endpoint.name)
      if (event.kind === 'added') start(event.endpoint)
    }
  })
  for (const { endpoint } of pool.snapshot().endpoints) start(endpoint)

  return {
    async stop() {
      unsubscribe()
      for (const name of [...stopping.keys()]) end(name)
      await Promise.all(running)
      client.close()
    },
  }
}
