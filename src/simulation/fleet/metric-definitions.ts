/**
 * vLLM V1's series as /metrics shows them (vllm/v1/metrics/loggers.py, 2026-08; Python's client puts `_total` on
 * counters). All carry `model_name` and `engine` beside the labels listed.
 */
export interface MetricDefinition {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}
export interface HistogramDefinition extends MetricDefinition {
  readonly buckets: readonly number[]
}

export const gaugeDefinitions = {
  running: { name: 'vllm:num_requests_running', help: 'Requests in the running batch.' },
  waiting: { name: 'vllm:num_requests_waiting', help: 'Requests waiting to be scheduled.' },
  waitingByReason: {
    name: 'vllm:num_requests_waiting_by_reason',
    help: 'Waiting requests by why they wait.',
    labels: ['reason'],
  },
  kvUsage: { name: 'vllm:kv_cache_usage_perc', help: 'KV-cache usage, 1 = 100 percent.' },
  sleepState: { name: 'vllm:engine_sleep_state', help: 'Sleep state, 1 = in this state.', labels: ['sleep_state'] },
} as const satisfies Record<string, MetricDefinition>

export const counterDefinitions = {
  prefixQueries: { name: 'vllm:prefix_cache_queries_total', help: 'Tokens looked up in the prefix cache.' },
  prefixHits: { name: 'vllm:prefix_cache_hits_total', help: 'Tokens found in the prefix cache.' },
  promptTokens: { name: 'vllm:prompt_tokens_total', help: 'Prefill tokens processed.' },
  promptTokensCached: { name: 'vllm:prompt_tokens_cached_total', help: 'Prompt tokens taken from a cache.' },
  promptTokensBySource: {
    name: 'vllm:prompt_tokens_by_source_total',
    help: 'Prompt tokens by where their KV came from.',
    labels: ['source'],
  },
  generationTokens: { name: 'vllm:generation_tokens_total', help: 'Generation tokens processed.' },
  preemptions: { name: 'vllm:num_preemptions_total', help: 'Preemptions by the engine.' },
  requestSuccess: {
    name: 'vllm:request_success_total',
    help: 'Finished requests by how they finished.',
    labels: ['finished_reason'],
  },
} as const satisfies Record<string, MetricDefinition>

const perTokenSeconds = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]
const firstTokenSeconds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
]
const requestSeconds = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680]
const iterationTokens = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]

/** 1, 2, 5, 10, … up to `max` (loggers.py build_1_2_5_buckets). */
function oneTwoFive(max: number): number[] {
  const buckets: number[] = []
  for (let decade = 1; decade <= max; decade *= 10) {
    buckets.push(...[decade, 2 * decade, 5 * decade].filter((bucket) => bucket <= max))
  }
  return buckets
}

/** Buckets of token counts reach up to the model's context length. */
export const histogramDefinitions = (maxModelLen: number) =>
  ({
    timeToFirstToken: {
      name: 'vllm:time_to_first_token_seconds',
      help: 'Time to first token.',
      buckets: firstTokenSeconds,
    },
    interToken: { name: 'vllm:inter_token_latency_seconds', help: 'Time between tokens.', buckets: perTokenSeconds },
    timePerOutputToken: {
      name: 'vllm:request_time_per_output_token_seconds',
      help: 'Mean time per output token of a request.',
      buckets: perTokenSeconds,
    },
    endToEnd: { name: 'vllm:e2e_request_latency_seconds', help: 'Whole time of a request.', buckets: requestSeconds },
    queueTime: { name: 'vllm:request_queue_time_seconds', help: 'Time spent waiting.', buckets: requestSeconds },
    inferenceTime: {
      name: 'vllm:request_inference_time_seconds',
      help: 'Time spent running.',
      buckets: requestSeconds,
    },
    prefillTime: { name: 'vllm:request_prefill_time_seconds', help: 'Time spent in prefill.', buckets: requestSeconds },
    decodeTime: { name: 'vllm:request_decode_time_seconds', help: 'Time spent in decode.', buckets: requestSeconds },
    promptTokens: {
      name: 'vllm:request_prompt_tokens',
      help: 'Prompt tokens of a request.',
      buckets: oneTwoFive(maxModelLen),
    },
    generationTokens: {
      name: 'vllm:request_generation_tokens',
      help: 'Generated tokens of a request.',
      buckets: oneTwoFive(maxModelLen),
    },
    maxGenerationTokens: {
      name: 'vllm:request_max_num_generation_tokens',
      help: 'Most tokens a request may generate.',
      buckets: oneTwoFive(maxModelLen),
    },
    maxTokens: {
      name: 'vllm:request_params_max_tokens',
      help: 'The max_tokens parameter.',
      buckets: oneTwoFive(maxModelLen),
    },
    kvComputed: {
      name: 'vllm:request_prefill_kv_computed_tokens',
      help: 'Prompt tokens whose KV was computed, not cached.',
      buckets: oneTwoFive(maxModelLen),
    },
    n: { name: 'vllm:request_params_n', help: 'The n parameter.', buckets: [1, 2, 5, 10, 20] },
    iterationTokens: {
      name: 'vllm:iteration_tokens_total',
      help: 'Tokens of one engine step.',
      buckets: iterationTokens,
    },
  }) as const satisfies Record<string, HistogramDefinition>
