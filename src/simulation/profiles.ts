/** A replica's speed and room, as data with its source. */
export interface EngineProfile {
  readonly name: string
  readonly source: string
  readonly model: string
  readonly blockTokens: number
  readonly kvBlocks: number
  readonly maxRunning: number
  /** Token budget of one step, decodes and prefill chunks together. */
  readonly stepTokens: number
  readonly maxModelLen: number
  /** Milliseconds of a step that computes `prefillTokens` prompt tokens beside `decodes` sequences over `kvTokens` resident tokens. */
  readonly stepMs: (step: { readonly prefillTokens: number; readonly decodes: number; readonly kvTokens: number }) => number
}
