import { createRandom, type Random } from '../../../src/random.ts'
import { type Client, completionBody } from './client.ts'
import type { Engines } from './engines.ts'
import { addWork, answerWork, decodeWork, prefillWork, type StepSample } from './fit.ts'
import { quietest } from './foreign-load.ts'
import { randomIds, scaledW0 } from './workload.ts'

interface Prefill {
  readonly tokens: number
  readonly cached: number
}

interface Decode {
  readonly sequences: number
  readonly contextTokens: number
}

/** Around what the workload asks: whole prompts, a question behind its cached system prompt, and less. */
const prefills: readonly Prefill[] = [
  { tokens: 2000, cached: 0 },
  { tokens: 1024, cached: 0 },
  { tokens: 336, cached: 0 },
  { tokens: 1024, cached: 960 },
  { tokens: 336, cached: 1664 },
  { tokens: 48, cached: 1664 },
  { tokens: 16, cached: 64 },
]

const decodes: readonly Decode[] = [
  { sequences: 1, contextTokens: 48 },
  { sequences: 1, contextTokens: 2000 },
  { sequences: 4, contextTokens: 2000 },
  { sequences: 8, contextTokens: 48 },
  { sequences: 12, contextTokens: 2000 },
]

const decodeTokens = 97
interface Mixture {
  readonly fresh: number
  readonly cached: number
}

/** Requests of a full engine: less than its KV room, or preemptions would add work that nobody counts. */
const mixtures: readonly Mixture[] = [
  { fresh: 8, cached: 1 },
  { fresh: 4, cached: 5 },
  { fresh: 1, cached: 8 },
]

/** Samples take parts of a second to seconds: a moment without other programs is soon found. */
const patience = { attempts: 3, foreignCores: 0.1 }

/**
 * Times of known work on engines that do nothing else, of each the median over engines and `repeats`. All engines do the
 * same at the same time, so that what they share (memory, clock rate) is shared as it will be. The last samples are of
 * many steps, prompts and answers mixed as in the runs to come.
 */
export async function calibrate(engines: Engines, client: Client, repeats: number): Promise<readonly StepSample[]> {
  const { urls, model } = engines
  const random = createRandom(0x5eed)
  const kinds: readonly ((url: string) => Promise<StepSample>)[] = [
    ...prefills.map((one) => (url: string) => timePrefill(client, { url, model, random, ...one })),
    ...decodes.map((one) => (url: string) => timeDecode(client, { url, model, random, ...one })),
    ...mixtures.map((one) => (url: string) => timeMixed(engines, client, { url, model, random, ...one })),
  ]
  const samples: StepSample[] = []
  for (const kind of kinds) {
    const taken: StepSample[] = []
    for (let i = 0; i < repeats; i++) {
      const { value } = await quietest(() => Promise.all(urls.map(kind)), patience)
      taken.push(...value)
    }
    samples.push(...middleOne(taken))
  }
  return samples
}

/** A sample that half of the others are slower than: one that another program disturbed does not count. */
function middleOne(samples: readonly StepSample[]): readonly StepSample[] {
  const middle = Math.floor((samples.length - 1) / 2)
  return samples.toSorted((a, b) => a.ms - b.ms).slice(middle, middle + 1)
}

interface Target {
  readonly url: string
  readonly model: string
  readonly random: Random
}

/** Time to the first and only token of a fresh prompt, whose first tokens the engine has been shown before. */
async function timePrefill(
  client: Client,
  { url, model, random, tokens, cached }: Target & Prefill,
): Promise<StepSample> {
  const prefix = randomIds(random, cached)
  if (cached > 0) await client.complete(url, completionBody(model, prefix, 1))
  const { sentMs, firstMs } = await client.complete(
    url,
    completionBody(model, [...prefix, ...randomIds(random, tokens)], 1),
  )
  return { steps: 1, work: prefillWork(tokens, cached), withRequest: true, ms: firstMs - sentMs }
}

/** Time between tokens of equal prompts answered side by side, from first to last token. */
async function timeDecode(
  client: Client,
  { url, model, random, sequences, contextTokens }: Target & Decode,
): Promise<StepSample> {
  const prompt = randomIds(random, contextTokens)
  await client.complete(url, completionBody(model, prompt, 1))
  const body = completionBody(model, prompt, decodeTokens)
  const answers = await Promise.all(Array.from({ length: sequences }, () => client.complete(url, body)))
  const spent = answers.reduce((sum, { firstMs, endMs }) => sum + endMs - firstMs, 0) / sequences
  const work = decodeWork(sequences, contextTokens + decodeTokens / 2)
  return { steps: 1, work, withRequest: false, ms: spent / (decodeTokens - 1) }
}

/** Whole prompts and questions behind one cached system prompt, all at once, to the last token of the last answer. */
async function timeMixed(
  engines: Engines,
  client: Client,
  { url, model, random, fresh, cached }: Target & Mixture,
): Promise<StepSample> {
  const system = randomIds(random, systemTokens)
  await client.complete(url, completionBody(model, system, 1))
  const prompts = [
    ...Array.from({ length: fresh }, () => randomIds(random, promptTokens)),
    ...Array.from({ length: cached }, () => [...system, ...randomIds(random, questionTokens)]),
  ]
  const bodies = prompts.map((prompt) => completionBody(model, prompt, outputTokens))
  const stepsBefore = await engines.stepsOf(url)
  const sentMs = performance.now()
  const answers = await Promise.all(bodies.map((body) => client.complete(url, body)))
  const ms = Math.max(...answers.map(({ endMs }) => endMs)) - sentMs
  const steps = (await engines.stepsOf(url)) - stepsBefore
  const works = answers.flatMap(({ cachedTokens }) => [
    prefillWork(promptTokens - cachedTokens, cachedTokens),
    answerWork(promptTokens, outputTokens),
  ])
  return { steps, work: addWork(works), withRequest: true, ms }
}

const { systemTokens, questionTokens, outputTokens } = scaledW0
const promptTokens = systemTokens + questionTokens
