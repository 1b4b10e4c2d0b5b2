import { makespanMs, summarize } from '../../../src/cli/replay/summary.ts'
import type { Trace } from '../../../src/cli/replay/trace.ts'
import type { EngineProfile } from '../../../src/simulation/profiles.ts'
import type { BenchContext, BenchRow } from '../bench.ts'
import { calibrate } from './calibrate.ts'
import { type Client, createClient } from './client.ts'
import { type Engines, startEngines } from './engines.ts'
import {
  comparisonRows,
  failureRows,
  type Figures,
  figuresLine,
  figuresOf,
  mediansByFront,
  predictionRows,
} from './figures.ts'
import {
  type EngineSizes,
  fitError,
  fitStepCosts,
  fittedProfile,
  prefillWork,
  runMs,
  sampleMsOf,
  type StepCosts,
  stepMsOf,
} from './fit.ts'
import { quietest } from './foreign-load.ts'
import { type Front, fronts } from './fronts.ts'
import { play } from './play.ts'
import { predict } from './predict.ts'
import { requestsPerSecond, scaledW0, sharedPrefixTrace, w0Demand } from './workload.ts'

const ENGINES = 2

/**
 * A prompt takes one step, as in W0. The KV room is three quarters of all system prompts: one and a half times what an
 * engine needs that serves half the groups, too little for one that serves all.
 */
const sizes: EngineSizes = {
  blockTokens: 32,
  kvBlocks: (0.75 * scaledW0.groups * scaledW0.systemTokens) / 32,
  maxRunning: 64,
  stepTokens: 2048,
  maxModelLen: 4096,
}

/** Real vLLMs behind real routers, then the same in `replay` with rates fitted to these very engines. */
export async function routingReal({ quick, say }: BenchContext): Promise<readonly BenchRow[]> {
  say(`starting ${ENGINES} vLLMs`)
  const engines = await startEngines(ENGINES, sizes)
  const client = createClient()
  try {
    say(`vllm ${engines.command}`)
    const costs = await fitEngines(engines, client, { quick, say })
    const profile = fittedProfile(costs, sizes, engines.model)
    const rate = requestsPerSecond(scaledW0, {
      engines: ENGINES,
      prefillTokensPerSecond: (1000 * promptTokens) / stepMsOf(costs, prefillWork(promptTokens, 0)),
      demand: w0Demand,
    })
    const shape = quick ? { ...scaledW0, requests: quickRequests } : scaledW0
    const measured: Figures[] = []
    const predicted: Figures[] = []
    for (let round = 0; round < (quick ? 1 : fronts.length - 1); round++) {
      const seed = round + 1
      const trace = sharedPrefixTrace(shape, { rate, seed })
      say(`round ${round + 1}: ${shape.requests} requests at ${rate.toFixed(2)}/s, seed ${seed}`)
      for (const front of rotated(fronts, round)) {
        const run = { front, engines, client, costs, seed, say }
        const { value, foreignCores } = await quietest(() => measure(trace, run), quick ? once : patient)
        measured.push(value)
        say(`  measured  ${figuresLine(value)}; others used ${foreignCores.toFixed(2)} cores`)
      }
      for (const one of await predictAll(trace, profile, costs.requestMs)) {
        predicted.push(one)
        say(`  predicted ${figuresLine(one)}`)
      }
    }
    return [...comparisonRows(measured), ...failureRows(measured), ...predictionRows(predicted, measured)]
  } finally {
    client.close()
    await engines.stop()
  }
}

const promptTokens = scaledW0.systemTokens + scaledW0.questionTokens
const quickRequests = 40
/** What is tolerated of other programs on the machine before a run is repeated. */
const patient = { attempts: 2, foreignCores: 0.1 }
const once = { attempts: 1, foreignCores: 0 }

async function fitEngines(
  engines: Engines,
  client: Client,
  { quick, say }: Pick<BenchContext, 'quick' | 'say'>,
): Promise<StepCosts> {
  say('measuring steps of the idle engines')
  const samples = await calibrate(engines, client, quick ? 1 : 3)
  const costs = fitStepCosts(samples)
  for (const sample of samples) {
    const [seen, fitted] = [sample.ms, sampleMsOf(costs, sample)].map((ms) => ms.toFixed(1))
    say(`  ${sample.steps} steps, ${JSON.stringify(sample.work)}: ${seen} ms, fitted ${fitted} ms`)
  }
  say(`  costs ${JSON.stringify(costs)}, mean error ${(100 * fitError(costs, samples)).toFixed(1)} %`)
  return costs
}

interface Run {
  readonly front: Front
  readonly engines: Engines
  readonly client: Client
  readonly costs: StepCosts
  readonly seed: number
  readonly say: (line: string) => void
}

/** One front in front of engines with an empty cache. */
async function measure(trace: Trace, { front, engines, client, costs, seed, say }: Run): Promise<Figures> {
  await engines.chill()
  const running = await front.start(engines.urls, engines.model)
  try {
    const before = await engines.totals()
    const played = await play(trace, {
      client,
      url: running.url,
      model: engines.model,
      seed,
      onSent: (sent, inFlight) => {
        if (sent % 100 === 0) say(`  ${front.name}: ${sent}/${trace.requests.length} sent, ${inFlight} in flight`)
      },
    })
    const after = await engines.totals()
    for (const fault of new Set(played.faults)) say(`  ${front.name}: ${fault}`)
    const summary = summarize({ name: front.name, requests: played.requests, samples: [], wallMs: 0 }, ENGINES)
    const prefixHitRatio = (after.hitTokens - before.hitTokens) / (after.queriedTokens - before.queriedTokens)
    const preempted = after.preemptions - before.preemptions
    const workSeconds = runMs(costs, played.requests, after.steps - before.steps) / ENGINES / 1000
    say(
      `  ${front.name}: sent at most ${played.latestSendMs.toFixed(0)} ms late, ${preempted} preemptions; fitted costs ` +
        `make it ${workSeconds.toFixed(1)} s of work in ${(makespanMs(played.requests) / 1000).toFixed(1)} s`,
    )
    return figuresOf(front.name, { ...summary, prefixHitRatio })
  } finally {
    await running.stop()
  }
}

async function predictAll(trace: Trace, profile: EngineProfile, requestMs: number): Promise<readonly Figures[]> {
  const names = fronts.flatMap(({ policy }) => (policy === undefined ? [] : [policy]))
  const runs = await predict(trace, { profile, engines: ENGINES, names })
  const later = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms + requestMs)
  const figures = runs.map((run) => {
    const { ttftP50Ms, ttftP90Ms, ...others } = figuresOf(run.name, summarize(run, ENGINES))
    return { ...others, ttftP50Ms: later(ttftP50Ms), ttftP90Ms: later(ttftP90Ms) }
  })
  return mediansByFront(figures)
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  return [...items.slice(by), ...items.slice(0, by)]
}
