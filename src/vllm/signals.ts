import type { MalformedLine, Sample } from './exposition.ts'

/** What an engine last said of itself; an absent field is unknown, which is not 0. */
export interface EngineSignals {
  readonly requestsRunning?: number
  readonly requestsWaiting?: number
  /** 0..1, blocks held by live requests (vLLM `kv_cache_usage_perc`); of several data-parallel engines the fullest. */
  readonly kvCacheUtilization?: number
  readonly blockSizeTokens?: number
  /** Of all engines behind the endpoint together. */
  readonly kvCacheBlocks?: number
  /** Of all engines together; for hybrid models truer than blocks times block size (vLLM `kv_cache_size_tokens`). */
  readonly kvCacheTokens?: number
  readonly prefixCacheQueriesTokens?: number
  readonly prefixCacheHitsTokens?: number
  readonly processStartTimeSeconds?: number
  readonly lora?: LoraSignals
}

export interface LoraSignals {
  readonly maxLoras: number
  readonly running: readonly string[]
  readonly waiting: readonly string[]
}

/**
 * Reads vLLM's metrics (vllm/v1/metrics/loggers.py) across its renames: the current name wins over the ones removed in
 * v0.12 (`gpu_cache_usage_perc`, `gpu_prefix_cache_*`). Counts are summed over `engine` labels. A field is absent if
 * its metric is missing, or if any of its series is malformed, negative, NaN or infinite: a sum without that series
 * would look like less load than there is.
 */
export function toEngineSignals(page: Page): EngineSignals {
  const families = collectFamilies(page)
  const config = families.get('cache_config_info')
  return definedOnly({
    requestsRunning: sum(families.get('num_requests_running')),
    requestsWaiting: sum(families.get('num_requests_waiting')),
    kvCacheUtilization: fullest(families.get('kv_cache_usage_perc') ?? families.get('gpu_cache_usage_perc')),
    blockSizeTokens: commonLabel(config, 'block_size'),
    kvCacheBlocks: summedLabel(config, 'num_gpu_blocks'),
    kvCacheTokens: summedLabel(config, 'kv_cache_size_tokens'),
    prefixCacheQueriesTokens: sum(families.get('prefix_cache_queries') ?? families.get('gpu_prefix_cache_queries')),
    prefixCacheHitsTokens: sum(families.get('prefix_cache_hits') ?? families.get('gpu_prefix_cache_hits')),
    processStartTimeSeconds: only(families.get('process_start_time_seconds')),
    lora: newestLora(families.get('lora_requests_info')),
  })
}

export interface Page {
  readonly samples: readonly Sample[]
  readonly malformed: readonly MalformedLine[]
}

/** Whether a metric of this name is read by `toEngineSignals`; to be passed to `parseExposition` as `wanted`. */
export const isEngineMetric = (name: string): boolean => familyOf(name) !== undefined

const FAMILIES: ReadonlySet<string> = new Set([
  'num_requests_running',
  'num_requests_waiting',
  'kv_cache_usage_perc',
  'gpu_cache_usage_perc',
  'prefix_cache_queries',
  'prefix_cache_hits',
  'gpu_prefix_cache_queries',
  'gpu_prefix_cache_hits',
  'cache_config_info',
  'lora_requests_info',
])

/**
 * `vllm:x`, `vllm_x` and `ray_vllm_x`, each with or without `_total`, are the family `x`: exporters that sanitise names
 * turn the colon into an underscore, Ray's adds a prefix (vllm/v1/metrics/ray_wrappers.py), and whether a counter ends
 * in `_total` depends on the client library.
 */
function familyOf(name: string): string | undefined {
  // Of prometheus_client's process collector, so without vLLM's prefix; missing in its multiprocess mode.
  if (name === 'process_start_time_seconds') return name
  const family = VLLM_NAME.exec(name)?.[1]
  return family !== undefined && FAMILIES.has(family) ? family : undefined
}

const VLLM_NAME = /^(?:[A-Za-z0-9_]*_)?vllm[:_](.+?)(?:_total)?$/

/** The samples of one metric; `undefined` when a line of it could not be read. */
type Family = readonly Sample[] | undefined

/** Of several spellings of a family on one page the native one (`vllm:`) is read, else the first: never both. */
function collectFamilies({ samples, malformed }: Page): ReadonlyMap<string, Family> {
  const spellings = new Map<string, string>()
  const families = new Map<string, Sample[] | undefined>()
  for (const sample of samples) {
    const family = familyOf(sample.name)
    if (family === undefined) continue
    const spelling = spellings.get(family)
    if (spelling === sample.name) {
      families.get(family)?.push(sample)
    } else if (spelling === undefined || (isNative(sample.name) && !isNative(spelling))) {
      spellings.set(family, sample.name)
      families.set(family, [sample])
    }
  }
  for (const { name } of malformed) {
    const family = name === undefined ? undefined : familyOf(name)
    if (family !== undefined) families.set(family, undefined)
  }
  return families
}

const isNative = (name: string): boolean => name.startsWith('vllm:')

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0

function sum(family: Family): number | undefined {
  if (family === undefined || !family.every(({ value }) => isAmount(value))) return undefined
  return family.reduce((total, { value }) => total + value, 0)
}

function only(family: Family): number | undefined {
  return family?.length === 1 ? sum(family) : undefined
}

function fullest(family: Family): number | undefined {
  if (family === undefined || !family.every(({ value }) => isAmount(value) && value <= 1)) return undefined
  return Math.max(...family.map(({ value }) => value))
}

/**
 * A label as a whole number above 0, one per engine. vLLM prints an attribute that is not set (yet) as "None", and a
 * label set that changed leaves its old series behind: of one engine the last readable series counts.
 */
function labelPerEngine(family: Family, label: string): readonly number[] {
  const byEngine = new Map<string, number | undefined>()
  for (const { labels } of family ?? []) {
    const engine = labels['engine'] ?? ''
    byEngine.set(engine, toCount(labels[label]) ?? byEngine.get(engine))
  }
  const values = [...byEngine.values()]
  const known = values.filter((value) => value !== undefined)
  return known.length === values.length ? known : []
}

const toCount = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined

function summedLabel(family: Family, label: string): number | undefined {
  const values = labelPerEngine(family, label)
  return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0)
}

function commonLabel(family: Family, label: string): number | undefined {
  const values = labelPerEngine(family, label)
  return values.every((value) => value === values[0]) ? values[0] : undefined
}

/** Old label sets stay in vLLM's registry, each with the time of its last update as value: the latest one holds. */
function newestLora(family: Family): LoraSignals | undefined {
  if (family === undefined || !family.every(({ value }) => isAmount(value))) return undefined
  const newest = family.reduce((latest, sample) => (sample.value >= latest.value ? sample : latest))
  const { max_lora: max, running_lora_adapters: running, waiting_lora_adapters: waiting } = newest.labels
  const maxLoras = toCount(max)
  if (maxLoras === undefined || running === undefined || waiting === undefined) return undefined
  return { maxLoras, running: splitNames(running), waiting: splitNames(waiting) }
}

const splitNames = (joined: string): readonly string[] =>
  joined
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

type Optional<T> = { readonly [K in keyof T]: T[K] | undefined }

function definedOnly(signals: Optional<Required<EngineSignals>>): EngineSignals {
  return Object.fromEntries(Object.entries(signals).filter(([, value]) => value !== undefined))
}
