import { poissonArrivals, uniformIndex } from '../../../src/cli/replay/workloads/chance.ts'
import type { Trace, TraceRequest } from '../../../src/cli/replay/trace.ts'
import { createRandom, type Random } from '../../../src/random.ts'

/** A shared-prefix workload: `groups` system prompts with `promptsPerGroup` questions each, drawn at random and again. */
export interface SharedPrefixShape {
  readonly groups: number
  readonly promptsPerGroup: number
  readonly systemTokens: number
  readonly questionTokens: number
  readonly outputTokens: number
  readonly requests: number
}

/**
 * W0 (src/cli/replay/workloads/w0.ts) with prompts over 3.6: 5 prompts a group, and system prompt and question keep
 * their proportion. Groups are W0's 150 over 7.5 and requests a group 12 for 20, since 2 engines stand for 8 and all
 * runs have to end in a quarter of an hour.
 * Answers are cut to 64 tokens, for prefill is to dominate: on a CPU a decoded token costs as much as a few of a
 * prompt, and W0's 1000 / 3.6 would overload these engines with every prompt cached.
 */
export const scaledW0: SharedPrefixShape = {
  groups: 20,
  promptsPerGroup: 5,
  systemTokens: 1664,
  questionTokens: 336,
  outputTokens: 64,
  requests: 240,
}

/**
 * W0's load at 30 requests a second: tokens of its prompts over what 8 replicas of qwen3-32b-tp2-h100 could compute in
 * the same time, had they no cache. 1 is the most that a fleet without a cache survives.
 */
export const w0Demand = (30 * 7200) / (8 * 15_928)

/** Arrivals a second at which `engines` of this speed are asked `demand` times what they could prefill with no cache. */
export function requestsPerSecond(
  { systemTokens, questionTokens }: SharedPrefixShape,
  fleet: { readonly engines: number; readonly prefillTokensPerSecond: number; readonly demand: number },
): number {
  return (fleet.demand * fleet.engines * fleet.prefillTokensPerSecond) / (systemTokens + questionTokens)
}

/** Equal seeds give equal requests. Each answer is content of its own, for the engines sample it. */
export function sharedPrefixTrace(shape: SharedPrefixShape, { rate, seed }: { rate: number; seed: number }): Trace {
  const random = createRandom(seed)
  const firstAnswer = shape.groups * (1 + shape.promptsPerGroup)
  const requests = poissonArrivals(random, shape.requests, rate).map((atMs, index): TraceRequest => {
    const group = uniformIndex(random, shape.groups)
    const question = shape.groups + group * shape.promptsPerGroup + uniformIndex(random, shape.promptsPerGroup)
    return {
      atMs,
      promptTokens: shape.systemTokens + shape.questionTokens,
      outputTokens: shape.outputTokens,
      content: [
        { id: group, tokens: shape.systemTokens },
        { id: question, tokens: shape.questionTokens },
        { id: firstAnswer + index, tokens: shape.outputTokens },
      ],
    }
  })
  return { name: 'scaled w0', requests, skippedLines: 0 }
}

/** Token ids of a request's prompt: equal content of the trace, and of `seed`, is equal ids. */
export function promptIds({ content, promptTokens }: TraceRequest, seed: number): readonly number[] {
  return content
    .flatMap((span) => randomIds(createRandom(seed * 2 ** 20 + span.id), span.tokens))
    .slice(0, promptTokens)
}

/** Ids of the test model's bytes (test/e2e/vllm/model.ts), none of them special. */
export function randomIds(random: Random, count: number): readonly number[] {
  return Array.from({ length: count }, () => firstByteId + uniformIndex(random, 256))
}

const firstByteId = 4
