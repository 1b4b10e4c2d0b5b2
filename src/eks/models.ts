import type { ModelShape, Quantization } from './model-shape.ts'
import { denseModels } from './models-dense.ts'
import { sparseModels } from './models-sparse.ts'

/** Shapes of models that are often served. Hybrids of attention and state space layers (Qwen3.5, Nemotron) are not in it. */
export const modelShapes: readonly ModelShape[] = [...denseModels, ...sparseModels]

export interface ServedModel {
  readonly shape: ModelShape
  /** As the name's suffix says (`-FP8`, `-AWQ`), else as the model was published. */
  readonly quantization: Quantization
}

/**
 * The shape behind a model id such as `RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic`; the organisation does not matter.
 * `undefined` for models that are not in the table and for suffixes whose meaning is not known: never a guess.
 */
export function findModel(id: string): ServedModel | undefined {
  const name = id.slice(id.lastIndexOf('/') + 1)
  const published = shapeNamed(name)
  if (published !== undefined) return { shape: published, quantization: published.quantization }
  for (const { suffix, quantization } of quantizationSuffixes) {
    const shape = suffix.test(name) ? shapeNamed(name.replace(suffix, '')) : undefined
    if (shape !== undefined) return { shape, quantization }
  }
  return undefined
}

// Names of the collections of Qwen, RedHatAI and nvidia on Hugging Face.
const quantizationSuffixes: readonly { readonly suffix: RegExp; readonly quantization: Quantization }[] = [
  { suffix: /-FP8(-dynamic|-block|-Static-PerTensor)?$/i, quantization: 'fp8' },
  { suffix: /-(AWQ|AWQ-INT4|GPTQ-Int4|quantized\.w4a16)$/i, quantization: 'int4' },
  { suffix: /-(GPTQ-Int8|quantized\.w8a8|quantized\.w8a16)$/i, quantization: 'int8' },
  { suffix: /-(NVFP4|FP4)$/i, quantization: 'nvfp4' },
  { suffix: /-MXFP4$/i, quantization: 'mxfp4' },
]

function shapeNamed(name: string): ModelShape | undefined {
  return modelShapes.find(({ names }) => names.test(name))
}

export type Dtype = 'bfloat16' | 'float16' | 'float32'

const bytesOf: Readonly<Record<Dtype, number>> = { bfloat16: 2, float16: 2, float32: 4 }

/**
 * Bits of a quantised weight with its share of the scales: a 32-bit one for 128 x 128 weights (fp8), 16 bits and a
 * 4-bit zero point for 128 (int4), 8 bits for 32 (mxfp4) or 16 (nvfp4). Scales of int8 stand for whole rows.
 */
const bitsOf: Readonly<Record<Exclude<Quantization, 'none'>, number>> = {
  fp8: 8 + 32 / 128 ** 2,
  int8: 8,
  int4: 4 + 20 / 128,
  mxfp4: 4 + 8 / 32,
  nvfp4: 4 + 8 / 16,
}

/** Bytes of the weights of one copy of the model, over all the GPUs that share it. */
export function weightBytes(
  shape: ModelShape,
  options: { readonly quantization?: Quantization; readonly dtype?: Dtype } = {},
): number {
  const { quantization = shape.quantization, dtype = shape.dtype } = options
  if (quantization === 'none') return shape.parameters * bytesOf[dtype]
  const quantized = shape.parameters - shape.unquantizedParameters
  return Math.ceil((quantized * bitsOf[quantization]) / 8) + shape.unquantizedParameters * bytesOf[dtype]
}

export interface KvOptions {
  /** `--kv-cache-dtype`; `auto` is the model's own. */
  readonly kvCacheDtype?: string
  readonly dtype?: Dtype
  /** GPUs that share a copy of the model. A head that cannot be split is kept on each (vLLM 0.32 config/model.py get_num_kv_heads). */
  readonly tensorParallelSize?: number
}

/**
 * Bytes that one token takes in the layers that see the whole sequence and, while it is in their window, in the others;
 * summed over the GPUs of tensor parallelism. `undefined` for a cache dtype whose layout is not known.
 */
export function kvBytesPerToken(shape: ModelShape, options: KvOptions = {}): number | undefined {
  const perLayer = kvBytesPerTokenAndLayer(shape, options)
  return perLayer === undefined ? undefined : perLayer * shape.layers
}

/**
 * Bytes of the KV cache of one sequence. Layers with a window hold it and the tokens of one step (vLLM 0.32
 * v1/kv_cache_interface.py SlidingWindowSpec, ChunkedLocalAttentionSpec), rounding to blocks left aside;
 * `batchedTokens` is `--max-num-batched-tokens`, by default the largest of vLLM's own (engine/arg_utils.py).
 * With the hybrid KV cache manager disabled they hold everything, which is `tokens` times `kvBytesPerToken`.
 */
export function kvBytesPerSequence(
  shape: ModelShape,
  {
    tokens,
    batchedTokens = 16_384,
    ...options
  }: KvOptions & { readonly tokens: number; readonly batchedTokens?: number },
): number | undefined {
  const perLayer = kvBytesPerTokenAndLayer(shape, options)
  if (perLayer === undefined) return undefined
  const window = shape.attention.kind === 'grouped' ? shape.attention.window : undefined
  if (window === undefined) return perLayer * shape.layers * tokens
  const held = Math.min(tokens, window.tokens + batchedTokens)
  return perLayer * ((shape.layers - window.layers) * tokens + window.layers * held)
}

function kvBytesPerTokenAndLayer(shape: ModelShape, options: KvOptions): number | undefined {
  const { kvCacheDtype = 'auto', dtype = shape.dtype, tensorParallelSize = 1 } = options
  const valueBytes = kvValueBytes(kvCacheDtype, dtype)
  if (valueBytes === undefined) return undefined
  if (shape.attention.kind === 'latent') return shape.attention.values * valueBytes * tensorParallelSize
  const { kvHeads, headDim } = shape.attention
  return 2 * Math.max(kvHeads, tensorParallelSize) * headDim * valueBytes
}

/** The dtypes of vLLM 0.32 config/cache.py whose values have all the same size, without scales beside them. */
function kvValueBytes(kvCacheDtype: string, dtype: Dtype): number | undefined {
  if (kvCacheDtype === 'auto') return bytesOf[dtype]
  if (kvCacheDtype === 'bfloat16' || kvCacheDtype === 'float16') return bytesOf[kvCacheDtype]
  return ['fp8', 'fp8_e4m3', 'fp8_e5m2'].includes(kvCacheDtype) ? 1 : undefined
}
