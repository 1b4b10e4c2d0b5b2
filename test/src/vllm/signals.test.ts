import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { parseExposition } from '../../../src/vllm/exposition.ts'
import { isEngineMetric, toEngineSignals } from '../../../src/vllm/signals.ts'

const signalsOf = (page: string) =>
  toEngineSignals(parseExposition(page, { maxLines: Infinity, maxCharacters: Infinity, wanted: isEngineMetric }))

t.test('toEngineSignals() reads the page written from the vLLM notes', (t) => {
  const page = readFileSync(new URL('../../fixtures/vllm/metrics-from-docs.txt', import.meta.url), 'utf8')
  t.strictSame(signalsOf(page), {
    requestsRunning: 7,
    requestsWaiting: 3,
    kvCacheUtilization: 0.4375,
    blockSizeTokens: 16,
    kvCacheBlocks: 18_125,
    kvCacheTokens: 290_000,
    prefixCacheQueriesTokens: 1_250_816,
    prefixCacheHitsTokens: 781_232,
    processStartTimeSeconds: 1_788_626_402.12,
    lora: { maxLoras: 4, running: ['sql', 'chat-ko'], waiting: ['sql'] },
  })
  t.end()
})

t.test('toEngineSignals() knows nothing from an empty page', (t) => {
  t.strictSame(signalsOf(''), {})
  t.end()
})

const spellings: readonly [string, string, object][] = [
  ['a name sanitised to underscores', 'vllm_num_requests_waiting 3', { requestsWaiting: 3 }],
  ["Ray's prefix", 'ray_vllm_num_requests_running{WorkerId="w"} 2', { requestsRunning: 2 }],
  ['a counter with _total', 'vllm:prefix_cache_hits_total 9', { prefixCacheHitsTokens: 9 }],
  ['a counter without _total', 'vllm:prefix_cache_hits 9', { prefixCacheHitsTokens: 9 }],
  [
    'a sanitised counter with prefix and _total',
    'ray_vllm_prefix_cache_queries_total 9',
    { prefixCacheQueriesTokens: 9 },
  ],
  ['the KV usage of vLLM before v0.12', 'vllm:gpu_cache_usage_perc 0.25', { kvCacheUtilization: 0.25 }],
  [
    'the prefix cache counters of vLLM before v0.12',
    'vllm:gpu_prefix_cache_queries_total 8\nvllm:gpu_prefix_cache_hits_total 4',
    { prefixCacheQueriesTokens: 8, prefixCacheHitsTokens: 4 },
  ],
  [
    'the new KV usage where both are shown',
    'vllm:gpu_cache_usage_perc 0.9\nvllm:kv_cache_usage_perc 0.2',
    { kvCacheUtilization: 0.2 },
  ],
  [
    'the native spelling where a sanitised twin comes first',
    'vllm_num_requests_running 9\nvllm:num_requests_running 2',
    { requestsRunning: 2 },
  ],
  [
    'the native spelling where a sanitised twin comes later',
    'vllm:num_requests_running 2\nvllm_num_requests_running 9',
    { requestsRunning: 2 },
  ],
]

for (const [what, page, expected] of spellings) {
  t.test(`toEngineSignals() reads ${what}`, (t) => {
    t.strictSame(signalsOf(page), expected)
    t.end()
  })
}

t.test('toEngineSignals() passes over metrics whose names only resemble the ones it reads', (t) => {
  const page = [
    'vllm:num_requests_waiting_by_reason{reason="capacity"} 5',
    'vllm:prefix_cache_queries_created 1.7e9',
    'vllm:external_prefix_cache_hits_total 7',
    'othervllm:num_requests_running 4',
    'sglang:num_running_reqs 4',
  ].join('\n')
  t.strictSame(signalsOf(page), {})
  t.end()
})

t.test(
  'toEngineSignals() adds up the requests, tokens and blocks of data-parallel engines and takes the fullest KV cache',
  (t) => {
    const page = [0, 1, 2]
      .map((engine) => {
        const labels = `engine="${engine}",model_name="m"`
        return [
          `vllm:num_requests_running{${labels}} ${engine + 1}`,
          `vllm:num_requests_waiting{${labels}} ${engine * 10}`,
          `vllm:kv_cache_usage_perc{${labels}} ${[0.1, 0.75, 0.5][engine]}`,
          `vllm:prefix_cache_queries_total{${labels}} 100`,
          `vllm:cache_config_info{block_size="32",engine="${engine}",num_gpu_blocks="9",kv_cache_size_tokens="288"} 1`,
        ].join('\n')
      })
      .join('\n')
    t.strictSame(signalsOf(page), {
      requestsRunning: 6,
      requestsWaiting: 30,
      kvCacheUtilization: 0.75,
      blockSizeTokens: 32,
      kvCacheBlocks: 27,
      kvCacheTokens: 864,
      prefixCacheQueriesTokens: 300,
    })
    t.end()
  },
)

const unknowns: readonly [string, string][] = [
  ['a NaN', 'vllm:num_requests_running NaN'],
  ['an infinity', 'vllm:num_requests_running +Inf'],
  ['a negative count', 'vllm:num_requests_running -1'],
  [
    'one engine of two that says NaN',
    'vllm:num_requests_running{engine="0"} 5\nvllm:num_requests_running{engine="1"} NaN',
  ],
  [
    'one engine of two on a malformed line',
    'vllm:num_requests_running{engine="0"} 5\nvllm:num_requests_running{engine="1"} ?',
  ],
  [
    'one engine of two whose KV usage is NaN',
    'vllm:kv_cache_usage_perc{engine="0"} 0.5\nvllm:kv_cache_usage_perc{engine="1"} NaN',
  ],
  ['a KV usage above 1', 'vllm:kv_cache_usage_perc 43'],
  ['cache sizes that are not set', 'vllm:cache_config_info{block_size="None",num_gpu_blocks="None"} 1'],
  [
    'cache sizes that are no counts',
    'vllm:cache_config_info{block_size="-16",num_gpu_blocks="1e4",kv_cache_size_tokens=""} 1',
  ],
  ['LoRA without its limit', 'vllm:lora_requests_info{running_lora_adapters="a",waiting_lora_adapters=""} 1'],
  [
    'LoRA whose times are NaN',
    'vllm:lora_requests_info{max_lora="1",running_lora_adapters="a",waiting_lora_adapters=""} NaN',
  ],
  [
    'the start time of several processes',
    'process_start_time_seconds{pid="1"} 5\nprocess_start_time_seconds{pid="2"} 6',
  ],
]

for (const [what, page] of unknowns) {
  t.test(`toEngineSignals() leaves unknown: ${what}`, (t) => {
    t.strictSame(signalsOf(page), {})
    t.end()
  })
}

t.test(
  'toEngineSignals() leaves the block size unknown when engines differ, and the sizes when one engine has none',
  (t) => {
    const page = [
      'vllm:cache_config_info{block_size="16",engine="0",num_gpu_blocks="100",kv_cache_size_tokens="1600"} 1',
      'vllm:cache_config_info{block_size="32",engine="1",num_gpu_blocks="50",kv_cache_size_tokens="None"} 1',
    ].join('\n')
    t.strictSame(signalsOf(page), { kvCacheBlocks: 150 })
    t.end()
  },
)

t.test('toEngineSignals() takes the set value where one engine has an older series with "None"', (t) => {
  const page = [
    'vllm:cache_config_info{block_size="16",engine="0",num_gpu_blocks="100"} 1',
    'vllm:cache_config_info{block_size="16",engine="0",num_gpu_blocks="None"} 1',
  ].join('\n')
  t.strictSame(signalsOf(page), { blockSizeTokens: 16, kvCacheBlocks: 100 })
  t.end()
})

t.test(
  'toEngineSignals() of any page gives finite amounts from 0, a utilization up to 1, and no undefined fields',
  (t) => {
    const names = fc.constantFrom(
      'vllm:num_requests_running',
      'vllm_num_requests_waiting',
      'vllm:kv_cache_usage_perc',
      'vllm:cache_config_info',
    )
    const labels = fc.constantFrom(
      '',
      '{engine="0"}',
      '{engine="1",num_gpu_blocks="12"}',
      '{engine="0",num_gpu_blocks="x"}',
      '{',
    )
    const values = fc.oneof(fc.double().map(String), fc.constantFrom('', 'NaN', '+Inf', '-1', '0.5'))
    const line = fc.tuple(names, labels, values).map(([name, label, value]) => `${name}${label} ${value}`)
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const signals = signalsOf(lines.join('\n'))
        const inRange = Object.values(signals).every(
          (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
        )
        return inRange && (signals.kvCacheUtilization ?? 0) <= 1
      }),
      { numRuns: 500 },
    )
    t.end()
  },
)
