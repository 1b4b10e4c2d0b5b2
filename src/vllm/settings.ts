import type { FlagUse } from './argparse.ts'
import { type FlagValue, flagValue } from './flag-values.ts'
import { isJsonObject, type JsonObject } from './json-value.ts'
import { isUnresolved, showWord } from './unresolved.ts'

/**
 * What the command line says about one setting: its own value, vLLM's default, or nothing that can be known from here.
 * `value` is `undefined` where vLLM has None.
 */
export type Setting<T> =
  | { readonly kind: 'given'; readonly value: T }
  | { readonly kind: 'default'; readonly value: T }
  | { readonly kind: 'unknown'; readonly why: string }

/** How settings that the command line does not name stand: at their default, or hidden from us. */
export interface Unnamed {
  readonly uses: readonly FlagUse[]
  /** Why any flag may be set elsewhere, as by `--config FILE`. */
  readonly hidden: string | undefined
}

export type Settings = ReturnType<typeof readSettings>

/** Settings of the server apart from the model, with the defaults of vLLM 0.32.0 (`vllm serve --help=all`). */
export function readSettings(unnamed: Unnamed) {
  const read = <T>(flag: string, fallback: T, pick: (value: FlagValue) => Picked<T>): Setting<T> =>
    readSetting(unnamed, { flag, fallback, pick })
  const text = <T extends string | undefined>(flag: string, fallback: T) =>
    read<string | T>(flag, fallback, (value) => (value.kind === 'text' ? { value: value.text } : undefined))
  const optionalText = (flag: string) =>
    read<string | undefined>(flag, undefined, (value) => pickText(value) ?? pickNone(value))
  const number = (flag: string, fallback: number) => read<number>(flag, fallback, pickNumber)
  const optionalNumber = (flag: string) =>
    read<number | undefined>(flag, undefined, (value) => pickNumber(value) ?? pickNone(value))
  const toggle = (flag: string, fallback: boolean) => read<boolean>(flag, fallback, pickToggle)
  const optionalToggle = (flag: string) => read<boolean | undefined>(flag, undefined, pickToggle)
  const config = (flag: string) =>
    read<JsonObject | undefined>(flag, undefined, (value) => pickObject(value) ?? pickNone(value))
  return {
    tensorParallelSize: number('--tensor-parallel-size', 1),
    pipelineParallelSize: number('--pipeline-parallel-size', 1),
    prefillContextParallelSize: number('--prefill-context-parallel-size', 1),
    dataParallelSize: number('--data-parallel-size', 1),
    /** vLLM derives a missing one: 1 behind an external load balancer, else from `--nnodes` or the whole size. */
    dataParallelSizeLocal: optionalNumber('--data-parallel-size-local'),
    dataParallelRank: optionalNumber('--data-parallel-rank'),
    dataParallelStartRank: optionalNumber('--data-parallel-start-rank'),
    dataParallelExternalLb: toggle('--data-parallel-external-lb', false),
    dataParallelHybridLb: toggle('--data-parallel-hybrid-lb', false),
    dataParallelMultiPortExternalLb: toggle('--data-parallel-multi-port-external-lb', false),
    enableExpertParallel: toggle('--enable-expert-parallel', false),
    nnodes: number('--nnodes', 1),
    nodeRank: number('--node-rank', 0),
    headless: toggle('--headless', false),
    distributedExecutorBackend: optionalText('--distributed-executor-backend'),
    /** Tokens; `auto` lets vLLM fit the length to the memory, `undefined` takes the model's own. */
    maxModelLen: read<number | 'auto' | undefined>('--max-model-len', undefined, (value) =>
      value.kind === 'auto' ? { value: 'auto' } : pickNumber(value),
    ),
    maxNumSeqs: optionalNumber('--max-num-seqs'),
    maxNumBatchedTokens: optionalNumber('--max-num-batched-tokens'),
    dtype: text('--dtype', 'auto'),
    quantization: optionalText('--quantization'),
    kvCacheDtype: text('--kv-cache-dtype', 'auto'),
    /** 0..1. Before April 2026 the default was 0.9. */
    gpuMemoryUtilization: number('--gpu-memory-utilization', 0.92),
    kvCacheMemoryBytes: optionalNumber('--kv-cache-memory-bytes'),
    cpuOffloadGb: number('--cpu-offload-gb', 0),
    blockSize: optionalNumber('--block-size'),
    /** vLLM turns it on for models that generate text unless told otherwise. */
    enablePrefixCaching: optionalToggle('--enable-prefix-caching'),
    prefixCachingHashAlgo: text('--prefix-caching-hash-algo', 'sha256'),
    enforceEager: toggle('--enforce-eager', false),
    enableSleepMode: toggle('--enable-sleep-mode', false),
    enablePromptTokensDetails: toggle('--enable-prompt-tokens-details', false),
    enableLora: optionalToggle('--enable-lora'),
    kvEventsConfig: config('--kv-events-config'),
    kvTransferConfig: config('--kv-transfer-config'),
    loadFormat: text('--load-format', 'auto'),
    downloadDir: optionalText('--download-dir'),
    revision: optionalText('--revision'),
    modelLoaderExtraConfig: read<JsonObject | string>('--model-loader-extra-config', {}, (value) =>
      value.kind === 'text' ? { value: value.text } : pickObject(value),
    ),
    host: optionalText('--host'),
    port: number('--port', 8000),
    uds: optionalText('--uds'),
    grpc: toggle('--grpc', false),
    apiServerCount: optionalNumber('--api-server-count'),
    dataParallelSupervisorPort: number('--data-parallel-supervisor-port', 9256),
    /** Seconds that running requests get after SIGTERM; 0 ends them at once. */
    shutdownTimeout: number('--shutdown-timeout', 0),
  } as const
}

/** The names of `--served-model-name`; without it vLLM serves the model under its own name. */
export const readServedModelNames = (unnamed: Unnamed, model: Setting<string>): Setting<readonly string[]> => {
  const names = readSetting<readonly string[] | undefined>(unnamed, {
    flag: '--served-model-name',
    fallback: undefined,
    pick: pickTexts,
  })
  if (names.kind === 'unknown') return names
  if (names.value !== undefined) return { kind: 'given', value: names.value }
  return model.kind === 'unknown' ? model : { kind: 'default', value: [model.value] }
}

/** `--model`, for the server as a Python module. */
export const readModelFlag = (unnamed: Unnamed, fallback: string): Setting<string> =>
  readSetting<string>(unnamed, { flag: '--model', fallback, pick: pickText })

/** Wrapped, because `undefined` is itself a value. */
type Picked<T> = { readonly value: T } | undefined

interface Wanted<T> {
  readonly flag: string
  readonly fallback: T
  readonly pick: (value: FlagValue) => Picked<T>
}

function readSetting<T>({ uses, hidden }: Unnamed, { flag, fallback, pick }: Wanted<T>): Setting<T> {
  const use = uses.findLast((one) => one.flag.name === flag)
  if (use === undefined) {
    return hidden === undefined ? { kind: 'default', value: fallback } : { kind: 'unknown', why: hidden }
  }
  const words = use.values.map(showWord).join(' ')
  if (use.values.some(isUnresolved)) return { kind: 'unknown', why: `${flag} ${words}: its value is not in the pod` }
  const value = flagValue(use)
  const picked = pick(value)
  if (picked !== undefined) return { kind: 'given', value: picked.value }
  const expected = value.kind === 'fault' ? value.expected : 'another kind of value'
  return { kind: 'unknown', why: `${flag} ${JSON.stringify(words)}: expected ${expected}` }
}

const pickNone = ({ kind }: FlagValue): Picked<undefined> => (kind === 'none' ? { value: undefined } : undefined)

const pickText = (value: FlagValue): Picked<string> => (value.kind === 'text' ? { value: value.text } : undefined)

function pickTexts(value: FlagValue): Picked<readonly string[]> {
  const items = value.kind === 'list' ? value.items : []
  const texts = items.flatMap((item) => (item.kind === 'text' ? [item.text] : []))
  return texts.length > 0 && texts.length === items.length ? { value: texts } : undefined
}

const pickNumber = (value: FlagValue): Picked<number> => (value.kind === 'number' ? { value: value.number } : undefined)

const pickToggle = (value: FlagValue): Picked<boolean> => (value.kind === 'toggle' ? { value: value.on } : undefined)

const pickObject = (value: FlagValue): Picked<JsonObject> =>
  value.kind === 'json' && isJsonObject(value.json) ? { value: value.json } : undefined
