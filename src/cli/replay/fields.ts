import { policies } from '../../../router/index.ts'
import { choice, decimal, duration, flag, integer, list, text } from '../../config/field.ts'
import type { ConfigOf } from '../../config/field.ts'
import { engineProfileNames } from '../../simulation/profiles.ts'
import { workloads } from './workloads/index.ts'

const policyNames = policies.map(({ type }) => type)
const workloadNames = workloads.map(({ name }) => name)

/** The options of `warmpath replay`. */
export const replayFields = {
  policy: list(choice(policyNames, { default: 'warmpath', doc: '' }), {
    default: policyNames,
    doc: `Policies to compare, of ${policyNames.join(', ')}.`,
  }),
  replicas: integer({ default: 8, min: 1, max: 1024, doc: 'Engines behind the router.' }),
  engine: choice(engineProfileNames, { default: 'qwen3-32b-tp2-h100', doc: 'Speed and KV room of an engine.' }),
  workload: {
    ...choice(workloadNames, { default: 'w0', doc: 'Generate this workload in place of a trace file.' }),
    default: undefined,
  },
  rate: decimal({ default: undefined, min: 0.01, doc: 'Requests per second of a workload; each has its default.' }),
  limit: integer({
    default: undefined,
    min: 1,
    doc: 'Requests to replay: the first of a trace file, or all of a workload.',
  }),
  speed: decimal({
    default: 1,
    min: 0.01,
    max: 1000,
    doc: 'Factor on the arrival rate: 2 sends the same requests in half the time.',
  }),
  seed: integer({ default: 1, min: 0, doc: 'Fixes all chance: workloads and random choices of policies.' }),
  blockTokens: integer({
    default: undefined,
    min: 1,
    max: 4096,
    doc: "KV block of the engines in tokens; default is the engine profile's.",
  }),
  routerBlockTokens: integer({
    default: undefined,
    min: 1,
    doc: "Block the router cuts prompts into, a multiple of the engines'; default is the least multiple from 64.",
  }),
  metricsInterval: duration({
    default: 50,
    min: 1,
    doc: 'How old the engine metrics may be that policies read; llm-d scrapes every 50ms.',
  }),
  skipBadLines: flag({ default: false, doc: 'Pass over broken lines of the trace file.' }),
  json: text({ default: undefined, doc: 'Write the summary to this file as JSON.' }),
  html: text({ default: undefined, doc: 'Write a report with plots to this file: one page that needs no network.' }),
  writeTrace: text({
    default: undefined,
    doc: 'Write the requests to this file as Mooncake JSONL, and replay nothing.',
  }),
}

export type ReplayConfig = ConfigOf<typeof replayFields>
