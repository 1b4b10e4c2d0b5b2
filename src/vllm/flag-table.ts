/** How many words a flag takes; `toggle` flags have a `--no-` form. */
export type Takes = 'nothing' | 'toggle' | 'one' | 'at most one' | 'some'

/** `config` is JSON in which numbers may have suffixes (`80m`); `size` is a count with such a suffix. */
export type ValueKind = 'text' | 'integer' | 'float' | 'size' | 'size or auto' | 'json' | 'config' | 'json or text'

export interface FlagGroup {
  readonly takes: Takes
  readonly value: ValueKind
  /** An empty value and `None` stand for Python's None (vllm/engine/arg_utils.py 0.32, optional_type). */
  readonly nullable: boolean
  /** Flags by white space, the long name first, other names behind slashes. */
  readonly flags: string
}

/** The release that the table and the defaults in command-line.ts are of. */
export const flagTableVersion = '0.32.0'

/**
 * Every flag of `vllm serve` in vLLM 0.32.0 on CPU, taken on 2026-11-27 from the parser that
 * vllm/entrypoints/launchers/cli_args.py (make_arg_parser) builds. Flags that later or older releases have beside them
 * are unknown flags to the parser, which is no fault.
 */
export const flagGroups: readonly FlagGroup[] = [
  {
    takes: 'nothing',
    value: 'text',
    nullable: false,
    flags: `
      --aggregate-engine-logging --data-parallel-multi-port-external-lb/-dpm --disable-log-stats --grpc --headless
      --help/-h`,
  },
  {
    takes: 'toggle',
    value: 'text',
    nullable: false,
    flags: `
      --allow-credentials --allow-deprecated-quantization --async-scheduling --cohere-is-reasoning-model
      --cudagraph-metrics --data-parallel-external-lb/-dpe --data-parallel-hybrid-lb/-dph --dcp-q-replicate
      --disable-cascade-attn --disable-chunked-mm-input --disable-custom-all-reduce --disable-fastapi-docs
      --disable-hybrid-kv-cache-manager --disable-nccl-for-dp-synchronization --disable-sliding-window
      --disable-uvicorn-access-log --enable-auto-tool-choice --enable-batch-sharded-sampling --enable-chunked-prefill
      --enable-cumem-allocator --enable-dbo --enable-elastic-ep --enable-ep-weight-filter --enable-eplb
      --enable-expert-parallel/-ep --enable-fault-tolerance --enable-flash-late-interaction
      --enable-flashinfer-autotune --enable-force-include-usage --enable-hc-sp --enable-layerwise-nvtx-tracing
      --enable-log-deltas --enable-log-outputs --enable-log-requests --enable-logging-iteration-details --enable-lora
      --enable-mamba-cache-stochastic-rounding --enable-mamba-shared-prefix-checkpoint --enable-mfu-metrics
      --enable-mixed-moe-lora-format --enable-mm-embeds --enable-moe-shared-loras --enable-nccl-comm-suspend
      --enable-offline-docs --enable-per-request-metrics --enable-prefix-caching --enable-prompt-embeds
      --enable-prompt-tokens-details --enable-request-id-headers --enable-return-routed-experts --enable-scale-out
      --enable-server-load-tracking --enable-shm-tensor-arena --enable-sleep-mode --enable-ssl-refresh
      --enable-tokenizer-info-endpoint --enable-tower-connector-lora --enable-trace-replay --enforce-eager
      --exclude-tools-when-tool-choice-none --fail-on-environ-validation --fully-sharded-loras --interleave-mm-strings
      --jit-monitor-verbose --kv-cache-metrics --kv-sharing-fast-prefill --language-model-only --log-error-stack
      --long-prefill-token-threshold-adaptive --mm-device-do-normalize --mm-encoder-only --numa-bind
      --ray-workers-use-nsight --return-sampling-mask --return-tokens-as-token-ids --scheduler-reserve-full-isl
      --skip-mm-profiling --skip-tokenizer-init --sleep-mode-offload-cudagraph --specialize-active-lora
      --swa-bounded-replay --tokens-only --trust-remote-code --trust-request-chat-template --trust-request-mm-kwargs
      --use-fp64-gumbel --use-replayssm --use-tqdm-on-load`,
  },
  {
    takes: 'one',
    value: 'config',
    nullable: false,
    flags: `
      --attention-config/-ac --aux-output-config --compilation-config/-cc --ec-manager-config --eplb-config
      --fault-tolerance-config --ir-op-priority --kernel-config --logging-config --profiler-config
      --structured-outputs-config`,
  },
  {
    takes: 'one',
    value: 'config',
    nullable: true,
    flags: `
      --ec-transfer-config --engram-config --kv-events-config --kv-transfer-config --pooler-config
      --quantization-config --reasoning-config --weight-transfer-config`,
  },
  {
    takes: 'one',
    value: 'float',
    nullable: false,
    flags: `
      --cpu-offload-gb --dp-supervisor-probe-interval-s --dp-supervisor-probe-timeout-s
      --gpu-memory-utilization/--device-memory-utilization --kv-cache-metrics-sample
      --mm-encoder-fp8-scale-save-margin --mm-ipc-gpu-memory-gb --mm-processor-cache-gb --watermark`,
  },
  {
    takes: 'one',
    value: 'float',
    nullable: true,
    flags: `
      --kv-offloading-size --video-pruning-rate`,
  },
  {
    takes: 'one',
    value: 'integer',
    nullable: false,
    flags: `
      --api-server-count/-asc --block-size --cp-kv-cache-interleave-size --data-parallel-rank/-dpn
      --data-parallel-rpc-port/-dpp --data-parallel-size-local/-dpl --data-parallel-size/-dp
      --data-parallel-start-rank/-dpr --data-parallel-supervisor-port --dbo-decode-token-threshold
      --dbo-prefill-token-threshold --dcp-kv-cache-interleave-size --decode-context-parallel-size/-dcp
      --dp-supervisor-probe-failure-threshold --dp-sync-interval --elastic-ep-max-dp-size --h11-max-header-count
      --h11-max-incomplete-event-size --long-prefill-token-threshold --mamba-cache-philox-rounds --master-port
      --max-cudagraph-capture-size --max-logprobs --max-lora-rank --max-loras --max-num-seqs
      --mm-shm-cache-max-object-size-mb --nnodes/-n --node-rank/-r --offload-group-size --offload-num-in-group
      --offload-prefetch-step --pipeline-parallel-size/-pp --port --prefill-context-parallel-size/-pcp
      --prefill-schedule-interval --renderer-num-workers --replayssm-buffer-len --safetensors-prefetch-num-threads
      --seed --shutdown-timeout --spec-tokens --sse-keep-alive-interval --ssl-cert-reqs --stream-interval
      --tensor-parallel-size/-tp --ubatch-size`,
  },
  {
    takes: 'one',
    value: 'integer',
    nullable: true,
    flags: `
      --cpu-distributed-timeout-seconds --distributed-timeout-seconds --grpc-port --mamba-block-size --max-cpu-loras
      --max-log-len --max-lora-cls-labels --max-num-active-seqs --max-num-queued-reqs --max-parallel-loading-workers
      --num-gpu-blocks-override --prefix-cache-retention-interval --prefix-match-unit`,
  },
  {
    takes: 'one',
    value: 'json',
    nullable: false,
    flags: `
      --allowed-headers --allowed-methods --allowed-origins --default-chat-template-kwargs --limit-mm-per-prompt
      --media-io-kwargs --model-class-overrides --override-generation-config`,
  },
  {
    takes: 'one',
    value: 'json',
    nullable: true,
    flags: `
      --custom-histogram-buckets --default-mm-loras --diffusion-config/-dc --mm-processor-kwargs
      --speculative-config/-sc --watermark-config`,
  },
  {
    takes: 'one',
    value: 'json or text',
    nullable: false,
    flags: `
      --additional-config --hf-overrides --model-loader-extra-config --pt-load-map-location`,
  },
  {
    takes: 'one',
    value: 'size',
    nullable: false,
    flags: `
      --max-num-batched-tokens --safetensors-prefetch-block-size`,
  },
  {
    takes: 'one',
    value: 'size',
    nullable: true,
    flags: `
      --kv-cache-memory-bytes --max-num-queued-tokens --max-num-scheduled-tokens`,
  },
  {
    takes: 'one',
    value: 'size or auto',
    nullable: false,
    flags: `
      --max-model-len`,
  },
  {
    takes: 'one',
    value: 'text',
    nullable: false,
    flags: `
      --all2all-backend --allowed-local-media-path --anthropic-disabled-thinking-effort --chat-template-content-format
      --cohere-format --config --config-format --convert --data-parallel-address/-dpa --data-parallel-backend/-dpb
      --device-ids --dtype --expert-placement-strategy --fingerprint-mode --gdn-prefill-backend --generation-config
      --jit-monitor-mode --kda-decode-backend --kda-prefill-backend --kv-cache-dtype --kv-offloading-backend
      --linear-backend --load-format --log-config-file --log-level --logprobs-mode --lora-dtype --mamba-backend
      --mamba-cache-dtype --mamba-cache-mode --mamba-ssm-cache-dtype --master-addr --middleware --mm-encoder-tp-mode
      --mm-hasher-algorithm --mm-processor-cache-type --mm-processor-device --mm-tensor-ipc --model --model-impl
      --moe-backend --offload-backend --optimization-level --per-request-spec-decode-metrics --performance-mode
      --prefix-caching-hash-algo --reasoning-parser --reasoning-parser-plugin --response-role --runner
      --scheduling-policy --sparse-indexer-topk-backend --tokenizer --tokenizer-mode --tool-parser-plugin
      --tool-strict-level --uvicorn-log-level --video-pruning-method --worker-cls --worker-extension-cls`,
  },
  {
    takes: 'one',
    value: 'text',
    nullable: true,
    flags: `
      --attention-backend --chat-template --code-revision --dcp-comm-backend --disable-access-log-for-endpoints
      --distributed-executor-backend --download-dir --fingerprint-value --hf-config-path --host --io-processor-plugin
      --mamba-ssu-algorithm --mm-encoder-attn-backend --mm-encoder-attn-dtype --mm-encoder-fp8-scale-path
      --mm-encoder-fp8-scale-save-path --otlp-traces-endpoint --quantization/-q --revision --root-path
      --safetensors-load-strategy --scheduler-cls --show-hidden-metrics-for-version --spec-method --spec-model
      --ssl-ca-certs --ssl-certfile --ssl-ciphers --ssl-keyfile --tokenizer-revision --tool-call-parser --tool-server
      --uds`,
  },
  {
    takes: 'at most one',
    value: 'text',
    nullable: false,
    flags: `
      --hf-token`,
  },
  {
    takes: 'some',
    value: 'integer',
    nullable: false,
    flags: `
      --cudagraph-capture-sizes`,
  },
  {
    takes: 'some',
    value: 'integer',
    nullable: true,
    flags: `
      --numa-bind-nodes`,
  },
  {
    takes: 'some',
    value: 'text',
    nullable: false,
    flags: `
      --cpu-offload-params --ignore-patterns --kv-cache-dtype-skip-layers --offload-params
      --sleep-preserve-parameter-names`,
  },
  {
    takes: 'some',
    value: 'text',
    nullable: true,
    flags: `
      --allowed-media-domains --api-key --collect-detailed-traces --logits-processors --lora-modules
      --lora-target-modules --numa-bind-cpus --served-model-name`,
  },
]
