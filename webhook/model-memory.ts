import type { Catalogue } from '../src/eks/catalogue.ts'
import type { InstanceType } from '../src/eks/instance-types.ts'
import type { Quantization } from '../src/eks/model-shape.ts'
import { type Dtype, findModel, kvBytesPerSequence, type ServedModel, weightBytes } from '../src/eks/models.ts'
import type { CommandLine } from '../src/vllm/command-line.ts'
import { gpuUse, type GpuUse } from './gpu-use.ts'
import { nodeChoice } from './node-choice.ts'
import { podRequest } from './pod-resources.ts'
import type { PodView } from './pod-view.ts'
import type { VllmPod } from './recognize.ts'
import { gpuResource } from './gpu-request.ts'
import { known, wholeLine, uses } from './server-line.ts'

/** What a model takes of each GPU it is spread over, at least; activations and CUDA graphs come on top. */
export interface ModelMemory {
  /** The last part of its name. */
  readonly name: string
  readonly use: GpuUse
  readonly weightBytes: number
  /** KV cache of one sequence of the full length; absent where length or layout is not known. */
  readonly sequence: { readonly tokens: number; readonly bytes: number } | undefined
}

/** `undefined` for models that are not in the table, and where a flag changes the model or its place. */
export function modelMemory(vllm: VllmPod, pod: PodView): ModelMemory | undefined {
  const line = wholeLine(vllm)
  const id = line === undefined ? undefined : known(line.model)?.value
  const use = gpuUse(vllm, pod)
  if (line === undefined || id === undefined || use?.engines === undefined) return undefined
  if (uses(line, reshaping) || line.unknownFlags.some(({ name }) => reshapingWord.test(name))) return undefined
  if (known(line.settings.cpuOffloadGb)?.value !== 0) return undefined
  const model = findModel(id)
  const dtype = dtypeOf(line)
  const quantization = model === undefined ? undefined : quantizationOf(line, model.quantization)
  if (model === undefined || dtype === undefined || quantization === undefined) return undefined
  // vLLM spreads experts over all data parallel ranks (0.32 model_executor/layers/fused_moe/config.py); a dense model is
  // copied, and so takes more than is said here.
  const gpus = use.engineGpus * use.engines
  return {
    name: id.slice(id.lastIndexOf('/') + 1),
    use,
    weightBytes: weightBytes(model.shape, { quantization, dtype }) / gpus,
    sequence: sequenceOf(line, { ...model, quantization }, { use, dtype }),
  }
}

/** Flags of vLLM 0.32 that change the model's shape, or keep a part of it elsewhere than on the GPUs. */
const reshaping = [
  ...['--hf-overrides', '--hf-config-path', '--quantization-config', '--model-class-overrides', '--worker-cls'],
  ...[
    '--offload-group-size',
    '--offload-num-in-group',
    '--offload-params',
    '--cpu-offload-params',
    '--additional-config',
  ],
]
const reshapingWord = /offload|override|rope|quant|bits/

const dtypes: ReadonlyMap<string, Dtype> = new Map([
  ['auto', 'bfloat16'],
  ['bfloat16', 'bfloat16'],
  ['half', 'float16'],
  ['float16', 'float16'],
  ['float', 'float32'],
  ['float32', 'float32'],
])

const dtypeOf = ({ settings }: CommandLine): Dtype | undefined => dtypes.get(known(settings.dtype)?.value ?? '')

/** A flag only names what a quantised checkpoint is; a plain one it turns into fp8, and what others make of it is not known. */
function quantizationOf({ settings }: CommandLine, published: Quantization): Quantization | undefined {
  const flag = known(settings.quantization)
  const format = known(settings.loadFormat)?.value
  if (flag === undefined || format === undefined || ['bitsandbytes', 'gguf'].includes(format)) return undefined
  if (flag.value === undefined || published !== 'none') return published
  return flag.value === 'fp8' ? 'fp8' : undefined
}

function sequenceOf(
  line: CommandLine,
  { shape, quantization }: ServedModel,
  { use, dtype }: { readonly use: GpuUse; readonly dtype: Dtype },
): ModelMemory['sequence'] {
  const { settings } = line
  const length = known(settings.maxModelLen)
  const cache = known(settings.kvCacheDtype)?.value
  if (length === undefined || length.value === 'auto' || cache === undefined || uses(line, reshapingCache))
    return undefined
  // LongRoPE models serve their original positions unless told (0.32 config/model.py _get_and_verify_max_len).
  if (length.value === undefined && /^phi-4-mini/i.test(shape.id.replace(/^.*\//, ''))) return undefined
  const tokens = length.value ?? shape.maxPositions
  const bytes = kvBytesPerSequence(shape, {
    tokens,
    // The window alone: how many tokens a step takes depends on the GPU.
    batchedTokens: 0,
    // A quantised checkpoint may say that its cache is fp8 too (0.32 utils/torch_utils.py resolve_kv_cache_dtype_string).
    kvCacheDtype: cache === 'auto' && quantization !== 'none' ? 'fp8' : cache,
    dtype,
    tensorParallelSize: use.tensor,
  })
  return bytes === undefined ? undefined : { tokens, bytes: bytes / use.engineGpus }
}

/** Ways to split or not to keep a cache that the figures do not cover. */
const reshapingCache = [
  ...['--decode-context-parallel-size', '--prefill-context-parallel-size', '--runner', '--convert'],
  ...['--kv-cache-dtype-skip-layers', '--kv-sharing-fast-prefill'],
]

/**
 * The type with the largest GPUs among those that the pod allows and that have as many as it asks for; `undefined` if that
 * cannot be told, and for slices of GPUs and claims.
 */
export function largestGpu(pod: PodView, { gpus }: VllmPod, catalogue: Catalogue): LargestGpu | undefined {
  const { types, open } = nodeChoice(pod, catalogue)
  if (open || gpus.length === 0 || gpus.some(({ kind }) => kind !== 'gpus')) return undefined
  const wanted = podRequest(pod, gpuResource)
  const sized = types.filter((type) => type.gpus >= wanted).map((type) => ({ type, bytes: bytesOf(type) }))
  const [first, ...others] = sized.flatMap(({ type, bytes }) => (bytes === undefined ? [] : [{ type, bytes }]))
  if (first === undefined || others.length + 1 < sized.length) return undefined
  return others.reduce<LargestGpu>((largest, one) => (one.bytes > largest.bytes ? one : largest), first)
}

export interface LargestGpu {
  readonly type: InstanceType
  readonly bytes: number
}

const bytesOf = ({ gpuMemoryMiB }: InstanceType): number | undefined =>
  gpuMemoryMiB === undefined ? undefined : gpuMemoryMiB * 2 ** 20
