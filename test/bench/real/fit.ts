import type { EngineProfile, StepWork } from '../../../src/simulation/profiles.ts'
import { leastSquares } from './least-squares.ts'

/** What a server is started with, and what its model in `replay` has. */
export type EngineSizes = Pick<EngineProfile, 'blockTokens' | 'kvBlocks' | 'maxRunning' | 'stepTokens' | 'maxModelLen'>

/** How long some work took an engine, seen from outside. */
export interface StepSample {
  readonly steps: number
  /** Of all steps together. */
  readonly work: StepWork
  /** Whether the time holds a request's way in and its first token's way out too. */
  readonly withRequest: boolean
  readonly ms: number
}

/** Costs that add up: a CPU does one thing after the other. */
export interface StepCosts {
  /** Of a request: HTTP, parsing, queues, the first event. Not part of a step. */
  readonly requestMs: number
  readonly stepMs: number
  readonly prefillTokenMs: number
  readonly prefillKvTokenMs: number
  readonly decodeMs: number
  readonly kvTokenMs: number
}

/** The costs that explain the samples best, each sample's relative error counting alike. */
export function fitStepCosts(samples: readonly StepSample[]): StepCosts {
  const equations = samples.map(({ steps, work, withRequest, ms }) => ({
    terms: [withRequest ? 1 : 0, steps, work.prefillTokens, work.prefillKvTokens, work.decodes, work.kvTokens],
    value: ms,
  }))
  const [requestMs = 0, stepMs = 0, prefillTokenMs = 0, prefillKvTokenMs = 0, decodeMs = 0, kvTokenMs = 0] =
    leastSquares(equations, 6)
  return { requestMs, stepMs, prefillTokenMs, prefillKvTokenMs, decodeMs, kvTokenMs }
}

export function stepMsOf(costs: StepCosts, work: StepWork): number {
  return (
    costs.stepMs +
    costs.prefillTokenMs * work.prefillTokens +
    costs.prefillKvTokenMs * work.prefillKvTokens +
    costs.decodeMs * work.decodes +
    costs.kvTokenMs * work.kvTokens
  )
}

export function sampleMsOf(costs: StepCosts, { steps, work, withRequest }: Omit<StepSample, 'ms'>): number {
  return stepMsOf(costs, work) + (steps - 1) * costs.stepMs + (withRequest ? costs.requestMs : 0)
}

/** Mean of |fitted - seen| / seen: what the form of the costs cannot explain. */
export function fitError(costs: StepCosts, samples: readonly StepSample[]): number {
  const errors = samples.map((sample) => Math.abs(sampleMsOf(costs, sample) - sample.ms) / sample.ms)
  return errors.reduce((sum, error) => sum + error, 0) / errors.length
}

export function fittedProfile(costs: StepCosts, sizes: EngineSizes, model: string): EngineProfile {
  return {
    name: 'fitted',
    source: 'fitted to the engines of this run',
    model,
    ...sizes,
    stepMs: (work) => stepMsOf(costs, work),
  }
}

/** A prompt of `tokens` behind `cached` ones, in however many steps. */
export function prefillWork(tokens: number, cached: number): StepWork {
  return { ...noWork, prefillTokens: tokens, prefillKvTokens: tokens * cached + (tokens * (tokens + 1)) / 2 }
}

/** One token for each of `decodes` sequences with `contextTokens`. */
export function decodeWork(decodes: number, contextTokens: number): StepWork {
  return { ...noWork, decodes, kvTokens: decodes * contextTokens }
}

/** An answer of `outputTokens` behind a prompt: the prefill gave its first token. */
export function answerWork(promptTokens: number, outputTokens: number): StepWork {
  return decodeWork(outputTokens - 1, promptTokens + outputTokens / 2)
}

export function addWork(works: readonly StepWork[]): StepWork {
  return works.reduce(
    (sum, one) => ({
      prefillTokens: sum.prefillTokens + one.prefillTokens,
      prefillKvTokens: sum.prefillKvTokens + one.prefillKvTokens,
      decodes: sum.decodes + one.decodes,
      kvTokens: sum.kvTokens + one.kvTokens,
    }),
    noWork,
  )
}

/** What the requests of a run took of the engines, ms of one engine, had none been preempted. */
export function runMs(
  costs: StepCosts,
  requests: readonly { readonly promptTokens: number; readonly cachedTokens: number; readonly outputTokens: number }[],
  steps: number,
): number {
  const works = requests.flatMap(({ promptTokens, cachedTokens, outputTokens }) => [
    prefillWork(promptTokens - cachedTokens, cachedTokens),
    answerWork(promptTokens, outputTokens),
  ])
  return sampleMsOf(costs, { steps, work: addWork(works), withRequest: false })
}

const noWork: StepWork = { prefillTokens: 0, prefillKvTokens: 0, decodes: 0, kvTokens: 0 }
