import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { PoolSnapshot } from '../src/endpoints/endpoint.ts'
import type { Router } from './router.ts'

export interface MetricsSource {
  readonly registry: Registry
  readonly router: Router
  readonly snapshot: () => PoolSnapshot
}

export type RouterMetrics = ReturnType<typeof createRouterMetrics>

/** The router's metrics, in `registry`. Labels come from the pool and from fixed sets; model names are capped. */
export function createRouterMetrics(source: MetricsSource) {
  addEndpointGauges(source)
  return { ...requestMetrics(source.registry), ...tokenMetrics(source.registry) }
}

function requestMetrics(registry: Registry) {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'warmpath_router_requests_total',
      help: 'Answered requests by model and class of the status; "cancelled" when the client left first.',
      labelNames: ['model', 'status'],
      registers,
    }),
    requestDuration: new Histogram({
      name: 'warmpath_router_request_duration_seconds',
      help: 'From the whole request being read to the end of its answer.',
      labelNames: ['model'],
      buckets: longSeconds,
      registers,
    }),
    timeToFirstToken: new Histogram({
      name: 'warmpath_router_time_to_first_token_seconds',
      help: 'From the whole request being read to the first token of a stream, retries included.',
      labelNames: ['model'],
      buckets: vllmTtftSeconds,
      registers,
    }),
    retries: new Counter({
      name: 'warmpath_router_retries_total',
      help: 'Requests given to another endpoint, by what was wrong with the one before.',
      labelNames: ['reason'],
      registers,
    }),
    decisionDuration: new Histogram({
      name: 'warmpath_router_decision_duration_seconds',
      help: 'Time to parse, hash and route a request.',
      buckets: decisionSeconds,
      registers,
    }),
    endpointRequests: new Counter({
      name: 'warmpath_router_endpoint_requests_total',
      help: 'Requests sent to an endpoint, retries included.',
      labelNames: ['endpoint'],
      registers,
    }),
  }
}

function tokenMetrics(registry: Registry) {
  const tokens = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['model'], registers: [registry] })
  return {
    promptTokens: tokens('warmpath_router_prompt_tokens_total', 'Prompt tokens routed, as estimated.'),
    predictedCachedTokens: tokens(
      'warmpath_router_predicted_cached_tokens_total',
      'Prompt tokens that the chosen endpoint was believed to hold.',
    ),
    observedCachedTokens: tokens(
      'warmpath_router_observed_cached_tokens_total',
      'Cached prompt tokens that engines reported (vLLM --enable-prompt-tokens-details).',
    ),
  }
}

/** Read from the router when scraped, so that an endpoint that left has no series. */
function addEndpointGauges({ registry, router, snapshot }: MetricsSource): void {
  const add = (name: string, help: string, read: (endpoint: string) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['endpoint'],
      registers: [registry],
      collect() {
        this.reset()
        for (const { endpoint } of snapshot().endpoints) this.set({ endpoint: endpoint.name }, read(endpoint.name))
      },
    })
  add('warmpath_router_in_flight_requests', 'Requests in flight.', (name) => router.view(name).load.requests)
  add(
    'warmpath_router_in_flight_prefill_tokens',
    'Uncached prompt tokens of requests that wait for their first token.',
    (name) => router.view(name).load.prefillTokens,
  )
  add(
    'warmpath_router_prefix_index_blocks',
    'Blocks the endpoint is believed to hold.',
    (name) => router.view(name).indexedBlocks,
  )
}

/** vLLM's own buckets (vllm/v1/metrics/loggers.py), so that both histograms can be laid over each other. */
const vllmTtftSeconds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
]
const longSeconds = [0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960]
const decisionSeconds = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05]
