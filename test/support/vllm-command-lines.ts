import { parseCommandLine, type CommandForm, type CommandLine } from '../../src/vllm/command-line.ts'
import { isJsonList, type Json, sameJson } from '../../src/vllm/json-value.ts'
import type { Setting } from '../../src/vllm/settings.ts'

/** What vLLM's own parser made of a command line: an error, or the values that differ from its defaults. */
export type RecordedParse = { readonly refused: string } | { readonly values: { readonly [dest: string]: Json } }

/** Our settings by the names that vLLM's parser gives them. */
export const recordedDests = {
  model: ({ model }) => model,
  served_model_name: ({ servedModelNames }) => servedModelNames,
  tensor_parallel_size: ({ settings }) => settings.tensorParallelSize,
  pipeline_parallel_size: ({ settings }) => settings.pipelineParallelSize,
  prefill_context_parallel_size: ({ settings }) => settings.prefillContextParallelSize,
  data_parallel_size: ({ settings }) => settings.dataParallelSize,
  data_parallel_size_local: ({ settings }) => settings.dataParallelSizeLocal,
  data_parallel_rank: ({ settings }) => settings.dataParallelRank,
  data_parallel_start_rank: ({ settings }) => settings.dataParallelStartRank,
  data_parallel_external_lb: ({ settings }) => settings.dataParallelExternalLb,
  data_parallel_hybrid_lb: ({ settings }) => settings.dataParallelHybridLb,
  data_parallel_multi_port_external_lb: ({ settings }) => settings.dataParallelMultiPortExternalLb,
  enable_expert_parallel: ({ settings }) => settings.enableExpertParallel,
  nnodes: ({ settings }) => settings.nnodes,
  node_rank: ({ settings }) => settings.nodeRank,
  headless: ({ settings }) => settings.headless,
  distributed_executor_backend: ({ settings }) => settings.distributedExecutorBackend,
  max_model_len: ({ settings }) => settings.maxModelLen,
  max_num_seqs: ({ settings }) => settings.maxNumSeqs,
  max_num_batched_tokens: ({ settings }) => settings.maxNumBatchedTokens,
  dtype: ({ settings }) => settings.dtype,
  quantization: ({ settings }) => settings.quantization,
  kv_cache_dtype: ({ settings }) => settings.kvCacheDtype,
  gpu_memory_utilization: ({ settings }) => settings.gpuMemoryUtilization,
  kv_cache_memory_bytes: ({ settings }) => settings.kvCacheMemoryBytes,
  cpu_offload_gb: ({ settings }) => settings.cpuOffloadGb,
  block_size: ({ settings }) => settings.blockSize,
  enable_prefix_caching: ({ settings }) => settings.enablePrefixCaching,
  prefix_caching_hash_algo: ({ settings }) => settings.prefixCachingHashAlgo,
  enforce_eager: ({ settings }) => settings.enforceEager,
  enable_sleep_mode: ({ settings }) => settings.enableSleepMode,
  enable_prompt_tokens_details: ({ settings }) => settings.enablePromptTokensDetails,
  enable_lora: ({ settings }) => settings.enableLora,
  kv_events_config: ({ settings }) => settings.kvEventsConfig,
  kv_transfer_config: ({ settings }) => settings.kvTransferConfig,
  load_format: ({ settings }) => settings.loadFormat,
  download_dir: ({ settings }) => settings.downloadDir,
  revision: ({ settings }) => settings.revision,
  model_loader_extra_config: ({ settings }) => settings.modelLoaderExtraConfig,
  host: ({ settings }) => settings.host,
  port: ({ settings }) => settings.port,
  uds: ({ settings }) => settings.uds,
  grpc: ({ settings }) => settings.grpc,
  api_server_count: ({ settings }) => settings.apiServerCount,
  data_parallel_supervisor_port: ({ settings }) => settings.dataParallelSupervisorPort,
  shutdown_timeout: ({ settings }) => settings.shutdownTimeout,
} as const satisfies { readonly [dest: string]: (line: CommandLine) => Setting<Json | undefined> }

/** What vLLM refuses and we do not: names and fields of one release, which another may have more of. */
const releaseBound = /invalid choice|ValidationError|validation error/

/** How our reading of a command line differs from vLLM's; `undefined` where they agree. */
export function disagreement(form: CommandForm, argv: readonly string[], recorded: RecordedParse): string | undefined {
  const line = parseCommandLine(argv, form)
  const refused = line.problems.filter(({ effect }) => effect === 'refused').map(({ problem }) => problem)
  const weRefuse = refused.length > 0 || line.unknownFlags.length > 0
  if ('refused' in recorded) {
    if (weRefuse) return undefined
    return releaseBound.test(recorded.refused) ? 'lenient' : `we read what vLLM refuses: ${recorded.refused}`
  }
  if (weRefuse) return `we refuse what vLLM reads: ${JSON.stringify([refused, line.unknownFlags])}`
  const wrong = Object.entries(recordedDests).flatMap(([dest, pick]) => {
    const setting: Setting<Json | undefined> = pick(line)
    const theirs = recorded.values[dest]
    return agrees(setting, theirs, pick(parseCommandLine([], form)))
      ? []
      : [`${dest}: ${JSON.stringify(setting)} for ${JSON.stringify(theirs)}`]
  })
  return wrong.length === 0 ? undefined : wrong.join('; ')
}

type AnySetting = Setting<Json | undefined>

/** The recording leaves out what equals a default. */
function agrees(setting: AnySetting, theirs: Json | undefined, fallback: AnySetting): boolean {
  // `--served-model-name None` is a name that vLLM takes and cannot serve under.
  if (setting.kind === 'unknown') return isJsonList(theirs) && theirs.includes(null)
  if (setting.kind === 'default') return theirs === undefined
  if (theirs === undefined) return fallback.kind === 'default' && sameJson(setting.value, fallback.value)
  return sameJson(setting.value === 'auto' && theirs === -1 ? -1 : setting.value, theirs)
}

export function isRecordedParse(raw: unknown): raw is RecordedParse {
  if (typeof raw !== 'object' || raw === null) return false
  return 'refused' in raw ? typeof raw.refused === 'string' : 'values' in raw && typeof raw.values === 'object'
}

export interface RecordedCommandLine {
  readonly form: CommandForm
  readonly argv: readonly string[]
  readonly parsed: RecordedParse
}

/** The command lines of a recording that test/e2e/vllm/record-command-lines.ts wrote. */
export function recordedCommandLines(text: string): readonly RecordedCommandLine[] {
  const recording: unknown = JSON.parse(text)
  const cases = typeof recording === 'object' && recording !== null && 'cases' in recording ? recording.cases : []
  return (Array.isArray(cases) ? cases : []).map((raw: unknown) => {
    if (!isRecordedParse(raw) || !('form' in raw) || !('argv' in raw) || !Array.isArray(raw.argv)) {
      throw new Error(`no recorded command line: ${JSON.stringify(raw)}`)
    }
    return { form: raw.form === 'module' ? 'module' : 'serve', argv: raw.argv.map(String), parsed: raw }
  })
}
