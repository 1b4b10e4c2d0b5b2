import t from 'tap'
import { createEngineMetrics } from '../../../../src/simulation/fleet/engine-metrics.ts'
import { parseExposition, type Sample } from '../../../../src/vllm/exposition.ts'
import { chat, startFleet, words } from '../../../support/simulated-fleet.ts'

const chatPath = '/v1/chat/completions'
const common = ['model_name', 'engine']

// vllm/v1/metrics/loggers.py as of 2026-08; token-count buckets for max_model_len 4096.
const perToken = '0.01 0.025 0.05 0.075 0.1 0.15 0.2 0.3 0.4 0.5 0.75 1 2.5 5 7.5 10 20 40 80'
const perRequest = '0.3 0.5 0.8 1 1.5 2 2.5 5 10 15 20 30 40 50 60 120 240 480 960 1920 7680'
const tokenCounts = '1 2 5 10 20 50 100 200 500 1000 2000'
const series: readonly (readonly [name: string, type: string, labels: readonly string[], buckets?: string])[] = [
  ['vllm:num_requests_running', 'gauge', common],
  ['vllm:num_requests_waiting', 'gauge', common],
  ['vllm:num_requests_waiting_by_reason', 'gauge', [...common, 'reason']],
  ['vllm:kv_cache_usage_perc', 'gauge', common],
  ['vllm:engine_sleep_state', 'gauge', [...common, 'sleep_state']],
  ['vllm:prefix_cache_queries_total', 'counter', common],
  ['vllm:prefix_cache_hits_total', 'counter', common],
  ['vllm:prompt_tokens_total', 'counter', common],
  ['vllm:prompt_tokens_cached_total', 'counter', common],
  ['vllm:prompt_tokens_by_source_total', 'counter', [...common, 'source']],
  ['vllm:generation_tokens_total', 'counter', common],
  ['vllm:num_preemptions_total', 'counter', common],
  ['vllm:request_success_total', 'counter', [...common, 'finished_reason']],
  [
    'vllm:time_to_first_token_seconds',
    'histogram',
    common,
    '0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 20 40 80 160 640 2560',
  ],
  ['vllm:inter_token_latency_seconds', 'histogram', common, perToken],
  ['vllm:request_time_per_output_token_seconds', 'histogram', common, perToken],
  ['vllm:e2e_request_latency_seconds', 'histogram', common, perRequest],
  ['vllm:request_queue_time_seconds', 'histogram', common, perRequest],
  ['vllm:request_inference_time_seconds', 'histogram', common, perRequest],
  ['vllm:request_prefill_time_seconds', 'histogram', common, perRequest],
  ['vllm:request_decode_time_seconds', 'histogram', common, perRequest],
  ['vllm:request_prompt_tokens', 'histogram', common, tokenCounts],
  ['vllm:request_generation_tokens', 'histogram', common, tokenCounts],
  ['vllm:request_max_num_generation_tokens', 'histogram', common, tokenCounts],
  ['vllm:request_params_max_tokens', 'histogram', common, tokenCounts],
  ['vllm:request_prefill_kv_computed_tokens', 'histogram', common, tokenCounts],
  ['vllm:request_params_n', 'histogram', common, '1 2 5 10 20'],
  ['vllm:iteration_tokens_total', 'histogram', common, '1 8 16 32 64 128 256 512 1024 2048 4096 8192 16384'],
  ['process_start_time_seconds', 'gauge', []],
]

async function scrape(url: string): Promise<{ readonly page: string; readonly samples: readonly Sample[] }> {
  const page = await (await fetch(`${url}/metrics`)).text()
  return { page, samples: parseExposition(page, { maxLines: 10_000, maxCharacters: 1_000_000 }).samples }
}

function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  return samples.find(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  )?.value
}

t.test('every series of vLLM V1 is there from the start, with its type, labels and buckets', async (t) => {
  const { url } = await startFleet(t)
  const { page, samples } = await scrape(url)
  for (const [name, type, labels, buckets] of series) {
    t.ok(page.includes(`# TYPE ${name} ${type}\n`), `${name} is a ${type}`)
    const own = samples.filter((one) => one.name === name || one.name === `${name}_bucket`)
    t.ok(own.length > 0, `${name} is shown before the first request`)
    for (const one of own) {
      const expected = buckets === undefined ? labels : [...labels, 'le']
      t.strictSame(Object.keys(one.labels).toSorted(), expected.toSorted(), `labels of ${name}`)
    }
    const edges = own.flatMap(({ labels: { le } }) => (le === undefined || le === '+Inf' ? [] : [Number(le)]))
    t.strictSame(edges, (buckets ?? '').split(' ').filter(Boolean).map(Number), `buckets of ${name}`)
  }
})

t.test('cache_config_info tells block size and blocks', async (t) => {
  const { url } = await startFleet(t, { kvBlocks: 99 })
  const { samples } = await scrape(url)
  const [info] = samples.filter(({ name }) => name === 'vllm:cache_config_info')
  t.match(info, {
    value: 1,
    labels: {
      engine: '0',
      block_size: '16',
      num_gpu_blocks: '99',
      enable_prefix_caching: 'True',
      kv_cache_size_tokens: '1584',
    },
  })
})

t.test('counters follow what was served', async (t) => {
  const { url, post } = await startFleet(t)
  const request = chat(words(400), { max_tokens: 3, ignore_eos: true })
  await (await post(chatPath, request)).text()
  await (await post(chatPath, request)).text()
  const { samples } = await scrape(url)
  const counts = [
    ['vllm:prefix_cache_queries_total', {}, 816],
    ['vllm:prefix_cache_hits_total', {}, 400],
    ['vllm:prompt_tokens_total', {}, 816],
    ['vllm:prompt_tokens_cached_total', {}, 400],
    ['vllm:prompt_tokens_by_source_total', { source: 'local_compute' }, 416],
    ['vllm:prompt_tokens_by_source_total', { source: 'local_cache_hit' }, 400],
    ['vllm:generation_tokens_total', {}, 6],
    ['vllm:request_success_total', { finished_reason: 'length' }, 2],
    ['vllm:request_success_total', { finished_reason: 'abort' }, 0],
    ['vllm:time_to_first_token_seconds_count', {}, 2],
    ['vllm:inter_token_latency_seconds_count', {}, 4],
    ['vllm:request_prompt_tokens_sum', {}, 816],
    ['vllm:request_prefill_kv_computed_tokens_sum', {}, 416],
    ['vllm:request_params_max_tokens_sum', {}, 6],
    ['vllm:iteration_tokens_total_sum', {}, 422],
    ['vllm:num_requests_running', {}, 0],
    ['vllm:kv_cache_usage_perc', {}, 0],
  ] as const
  for (const [name, labels, value] of counts) t.equal(valueOf(samples, name, labels), value, name)
})

t.test('an adapter in use shows in lora_requests_info, which is absent without adapters', async (t) => {
  const { url, post } = await startFleet(t, { loras: ['sql', 'chat'], nowSeconds: () => 1000 })
  await (await post(chatPath, chat('hello', { model: 'sql', max_tokens: 1 }))).text()
  const { samples } = await scrape(url)
  const infos = samples.filter(({ name }) => name === 'vllm:lora_requests_info')
  t.strictSame(
    infos.map(({ labels, value }) => [
      labels['max_lora'],
      labels['waiting_lora_adapters'],
      labels['running_lora_adapters'],
      value,
    ]),
    [
      ['2', 'sql', '', 1000],
      ['2', '', 'sql', 1000],
      ['2', '', '', 1000],
    ],
  )
  const without = await startFleet(t)
  t.notOk((await scrape(without.url)).page.includes('lora_requests_info'))
})

t.test('label sets of lora_requests_info pile up to a bound only', async (t) => {
  const metrics = createEngineMetrics({
    model: 'm',
    maxModelLen: 64,
    maxLoras: 1,
    startUnixSeconds: 0,
    cacheConfig: {},
  })
  for (let i = 0; i < 100; i++) metrics.loraChanged([`lora-${i}`], [], i)
  const page = await metrics.registry.metrics()
  const shown = page.match(/^vllm:lora_requests_info\{/gm) ?? []
  t.ok(shown.length <= 64)
  t.match(page, /running_lora_adapters="lora-99"\} 99/)
})
