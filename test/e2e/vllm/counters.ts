import { readMetrics } from '../../support/metrics-page.ts'
import { complete, resetCache } from './script.ts'

/** How much each counter grew by a fixed series of requests. */
export async function countedTotals(url: string): Promise<Readonly<Record<string, number>>> {
  const ids = (length: number, start: number): readonly number[] =>
    Array.from({ length }, (_, i) => 4 + ((i * 11 + start) % 250))
  await resetCache(url)
  const before = await settledTotals(url)
  await complete(url, { prompt: ids(100, 1), max_tokens: 5 })
  await complete(url, { prompt: ids(100, 1), max_tokens: 5 })
  await complete(url, { prompt: ids(2000, 3), max_tokens: 100 })
  await complete(url, { prompt: ids(3000, 3), max_tokens: 1 })
  const after = await settledTotals(url)
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]))
}

/** The counters once they have come to rest: vLLM counts a step after it has sent its tokens. */
async function settledTotals(url: string): Promise<Readonly<Record<string, number>>> {
  for (let before = JSON.stringify(await totals(url)); ;) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    const now = await totals(url)
    if (JSON.stringify(now) === before) return now
    before = JSON.stringify(now)
  }
}

async function totals(url: string): Promise<Readonly<Record<string, number>>> {
  const page = await readMetrics(url)
  return Object.fromEntries(
    counted.map(([name, labels]) => [
      `${name} ${JSON.stringify(labels)}`,
      page.total(`vllm:${name}`, labels) ?? Number.NaN,
    ]),
  )
}

const counted: readonly (readonly [name: string, labels: Readonly<Record<string, string>>])[] = [
  ...['prompt_tokens', 'prompt_tokens_cached', 'prefix_cache_queries', 'prefix_cache_hits', 'generation_tokens'].map(
    (name) => [`${name}_total`, {}] as const,
  ),
  ['prompt_tokens_by_source_total', { source: 'local_compute' }],
  ['prompt_tokens_by_source_total', { source: 'local_cache_hit' }],
  ['request_success_total', { finished_reason: 'length' }],
  ['request_success_total', { finished_reason: 'abort' }],
  ['num_preemptions_total', {}],
  ...[
    'request_prompt_tokens',
    'request_generation_tokens',
    'request_max_num_generation_tokens',
    'request_params_max_tokens',
    'request_params_n',
    'request_prefill_kv_computed_tokens',
    'iteration_tokens_total',
  ].flatMap((name) => [[`${name}_sum`, {}] as const, [`${name}_count`, {}] as const]),
  ...[
    'time_to_first_token',
    'inter_token_latency',
    'request_time_per_output_token',
    'e2e_request_latency',
    'request_queue_time',
    'request_prefill_time',
    'request_decode_time',
    'request_inference_time',
  ].map((name) => [`${name}_seconds_count`, {}] as const),
  ['num_requests_running', {}],
  ['num_requests_waiting', {}],
  ['kv_cache_usage_perc', {}],
]
