import type { Sourced } from './sourced.ts'

/** What the memory of a model's weights and KV cache follows from: figures of its `config.json`. */
export interface ModelShape extends Sourced {
  /** As on Hugging Face, of the first of the models that have this shape. */
  readonly id: string
  /** Matches the names, without organisation and quantisation suffix, of all that have it. */
  readonly names: RegExp
  /**
   * Of the language model, counted from the layer sizes. Vision encoders (below 1 B) and multi-token prediction
   * layers, which vLLM loads for speculative decoding only, are not in it.
   */
  readonly parameters: number
  /** Those that quantised editions leave at 16 bits: embeddings and output head, in gpt-oss attention too. */
  readonly unquantizedParameters: number
  readonly layers: number
  readonly attention: Attention
  readonly maxPositions: number
  readonly dtype: 'bfloat16'
  readonly quantization: Quantization
}

/** What one layer keeps of one token. */
export type Attention =
  | {
      readonly kind: 'grouped'
      readonly kvHeads: number
      readonly headDim: number
      /** Layers that look back over `tokens` only, and keep about that many. */
      readonly window?: { readonly layers: number; readonly tokens: number }
    }
  /** Multi-head latent attention: one compressed vector for K and V, with the rotary part behind it. */
  | { readonly kind: 'latent'; readonly values: number }

export type Quantization = 'none' | 'fp8' | 'int8' | 'int4' | 'mxfp4' | 'nvfp4'
