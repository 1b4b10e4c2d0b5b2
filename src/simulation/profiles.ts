import { WarmpathError } from '../errors.ts'

/** What one step does: the terms a step's duration depends on. */
export interface StepWork {
  /** Prompt tokens computed (not taken from the cache). */
  readonly prefillTokens: number
  /** Context tokens those attend to, summed per token: a token's own place in its sequence, from 1. */
  readonly prefillKvTokens: number
  /** Sequences that get one token each. */
  readonly decodes: number
  /** Context tokens those sequences attend to, summed per sequence. */
  readonly kvTokens: number
}

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
  readonly stepMs: (work: StepWork) => number
}

/** Bytes of K and V that one token holds in all layers. */
function kvBytesPerToken(shape: { layers: number; kvHeads: number; headDim: number; bytesPerValue: number }): number {
  return 2 * shape.layers * shape.kvHeads * shape.headDim * shape.bytesPerValue
}

const qwen3Blocks = (): number => {
  // Qwen3-32B config.json: 64 layers, 8 KV heads of 128, bf16; 32.76 B parameters of 2 bytes.
  const perToken = kvBytesPerToken({ layers: 64, kvHeads: 8, headDim: 128, bytesPerValue: 2 })
  const weights = 32.76e9 * 2
  const activationsAndGraphs = 2 * 1.2e9
  return Math.floor((0.9 * 2 * 80e9 - weights - activationsAndGraphs) / perToken / 16)
}

export const engineProfiles: readonly EngineProfile[] = [
  {
    name: 'qwen3-32b-tp2-h100',
    source:
      'prefill 15,928 tok/s: llm-d router v0.10 peakPrefillThroughput for Qwen3-32B on H100 (2026-08); KV room: 0.90 of ' +
      '2 x 80 GB less bf16 weights and 2.4 GB of activations and graphs; decode step 20 ms + 25 ns per context token: ' +
      'fitted so that W0 knees lie where llm-d publishes them (guides/optimized-baseline, 2026-08)',
    model: 'Qwen/Qwen3-32B',
    blockTokens: 16,
    kvBlocks: qwen3Blocks(),
    maxRunning: 256,
    stepTokens: 8192,
    maxModelLen: 40_960,
    stepMs: ({ prefillTokens, decodes, kvTokens }) =>
      Math.max(prefillTokens / 15.928, decodes === 0 ? 0 : 20 + 25e-6 * kvTokens),
  },
  {
    name: 'smg-mock',
    source:
      'SMG crates/mock_worker README (2026-08): prefill 8,000 tok/s, inter-token latency 6.0 + 0.35 x batch ms, chunk ' +
      '2,048, 256 running, 524,288 KV tokens in blocks of 16; prefill and decode times of one step are added',
    model: 'mock-model',
    blockTokens: 16,
    kvBlocks: 524_288 / 16,
    maxRunning: 256,
    stepTokens: 2048,
    maxModelLen: 131_072,
    stepMs: ({ prefillTokens, decodes }) => prefillTokens / 8 + (decodes === 0 ? 0 : 6 + 0.35 * decodes),
  },
  {
    name: 'laptop',
    source: 'made up for trying things out: quick answers and a cache small enough to watch it fill',
    model: 'warmpath/demo',
    blockTokens: 16,
    kvBlocks: 4096,
    maxRunning: 64,
    stepTokens: 4096,
    maxModelLen: 32_768,
    stepMs: ({ prefillTokens, decodes }) => Math.max(prefillTokens / 8, decodes === 0 ? 0 : 8 + 0.1 * decodes),
  },
]

export const engineProfileNames = engineProfiles.map(({ name }) => name)

/** Throws `ENGINE_UNKNOWN` with the known names. */
export function engineProfile(name: string): EngineProfile {
  const found = engineProfiles.find((profile) => profile.name === name)
  if (found === undefined) {
    throw new WarmpathError(
      'ENGINE_UNKNOWN',
      `Unknown engine profile "${name}", expected one of ${engineProfileNames.join(', ')}`,
    )
  }
  return found
}

/** The same memory cut into blocks of another size. */
export function withBlockTokens(profile: EngineProfile, blockTokens: number): EngineProfile {
  return { ...profile, blockTokens, kvBlocks: Math.floor((profile.kvBlocks * profile.blockTokens) / blockTokens) }
}
