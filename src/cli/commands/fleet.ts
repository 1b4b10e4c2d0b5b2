import {
  choice,
  decimal,
  duration,
  type Field,
  flag,
  integer,
  list,
  type Parsed,
  port,
  text,
  bytes,
} from '../../config/field.ts'
import type { ConfigOf } from '../../config/field.ts'
import { ConfigError } from '../../errors.ts'
import { type AddressedFault, faultForm, parseFault } from '../../simulation/fleet/faults.ts'
import { createFleet, type Fleet, fleetDefaults } from '../../simulation/fleet/fleet.ts'
import { engineProfile, engineProfileNames } from '../../simulation/profiles.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { exitCodes } from '../host.ts'

/** Texts are split at ";", because a fault has commas of its own. */
const faults: Field<readonly AddressedFault[]> = {
  kind: 'value',
  default: fleetDefaults.faults,
  unit: '',
  doc: `Scripted faults, separated by ";" (a list in files): ${faultForm}. Also live: POST a JSON list to /admin/faults of a replica.`,
  parse: parseFaults,
}

const fields = {
  replicas: integer({ default: fleetDefaults.replicas, min: 1, max: 100, doc: 'Simulated servers.' }),
  host: text({ default: fleetDefaults.host, doc: 'Address to listen on.' }),
  port: port({
    default: fleetDefaults.port,
    doc: 'HTTP port of the first replica; the others follow. 0 = any free ports.',
  }),
  kvEventsPort: port({
    default: fleetDefaults.kvEventsPort,
    doc: 'ZMQ port for KV events of the first replica; the others follow.',
  }),
  kvReplayPort: port({
    default: fleetDefaults.kvReplayPort,
    doc: 'ZMQ port for replay of KV events of the first replica; the others follow.',
  }),
  engine: choice(engineProfileNames, { default: fleetDefaults.engine.name, doc: 'Speed and KV room of an engine.' }),
  model: text({ default: fleetDefaults.model, doc: "Served model name; default is the engine profile's." }),
  loras: list(text({ default: '', doc: '' }), {
    default: fleetDefaults.loras,
    doc: 'LoRA adapters loaded at the start, by name.',
  }),
  speed: decimal({
    default: fleetDefaults.speed,
    min: 0.01,
    max: 1000,
    doc: 'Engine time runs this many times faster.',
  }),
  kvBlocks: integer({
    default: fleetDefaults.kvBlocks,
    min: 1,
    doc: "KV blocks of an engine; default is the engine profile's.",
  }),
  blockTokens: integer({
    default: fleetDefaults.blockTokens,
    min: 1,
    max: 4096,
    doc: "KV block in tokens; default is the engine profile's.",
  }),
  meanOutputTokens: integer({
    default: fleetDefaults.meanOutputTokens,
    min: 1,
    doc: 'Mean natural length of an answer.',
  }),
  seed: integer({ default: fleetDefaults.seed, min: 0, doc: 'Fixes lengths and texts of answers.' }),
  tokenDetails: flag({
    default: fleetDefaults.tokenDetails,
    doc: "Report cached tokens in usage, as vLLM's --enable-prompt-tokens-details.",
  }),
  kvEventsFormat: choice(['map', 'array'], {
    default: fleetDefaults.kvEventsFormat,
    doc: 'Form of KV events: map since vLLM 0.23, array before.',
  }),
  kvHashes: choice(['int', 'bytes'], {
    default: fleetDefaults.kvHashes,
    doc: 'Block hashes in KV events: 64-bit integers or whole digests.',
  }),
  kvTopic: text({ default: fleetDefaults.kvTopic, doc: 'Topic of KV events.' }),
  kvBufferSteps: integer({
    default: fleetDefaults.kvBufferSteps,
    min: 1,
    doc: 'KV event batches kept for replay; older ones are dropped.',
  }),
  maxBody: bytes({
    default: fleetDefaults.maxBodyBytes,
    min: 1024,
    doc: 'Largest request body; a larger one is answered 413.',
  }),
  drainTimeout: duration({
    default: fleetDefaults.drainTimeoutMs,
    doc: "vLLM's --shutdown-timeout: how long running requests may go on after SIGTERM; 0 aborts them.",
  }),
  faults,
}

type FleetConfig = ConfigOf<typeof fields>

export const command = defineCommand({
  name: 'fleet',
  summary: 'Run simulated vLLM replicas: OpenAI HTTP, /metrics, KV events, scripted faults.',
  examples: [
    'warmpath fleet',
    'warmpath fleet --replicas 8 --engine qwen3-32b-tp2-h100 --speed 4',
    'warmpath fleet --faults "replica=1,kind=drop,chunks=5,times=2;kind=delay,delay=2s,path=/metrics"',
  ],
  fields,
  run,
})

async function run(config: FleetConfig, { log, clock, stdout, lifecycle }: CommandContext): Promise<number> {
  checkFaults(config)
  const fleet = await createFleet({
    ...config,
    engine: engineProfile(config.engine),
    maxBodyBytes: config.maxBody,
    drainTimeoutMs: config.drainTimeout,
    log,
    clock,
  })
  lifecycle.onStop('fleet', (deadline) => fleet.stop(deadline))
  stdout.write(addressLines(fleet))
  await lifecycle.untilStopped()
  return exitCodes.fine
}

function checkFaults({ faults: given, replicas }: FleetConfig): void {
  const beyond = given.filter(({ replica = 0 }) => replica >= replicas)
  if (beyond.length === 0) return
  const expected = `replica from 0 to ${replicas - 1}`
  throw new ConfigError(beyond.map(({ replica }) => ({ path: '--faults', value: `replica=${replica}`, expected })))
}

function addressLines({ replicas }: Fleet): string {
  const lines = replicas.flatMap(({ name, url, kvEvents, replay }) => [
    `${name} ${url}`,
    `${name} kv-events ${kvEvents}`,
    `${name} kv-replay ${replay}`,
  ])
  return `${lines.join('\n')}\n`
}

function parseFaults(raw: unknown): Parsed<readonly AddressedFault[]> {
  const parts: readonly unknown[] =
    typeof raw === 'string' ? raw.split(';').filter((part) => part.trim() !== '') : [raw].flat()
  const parsed = parts.map(parseFault)
  const wrong = parsed.find((one) => !one.ok)
  return wrong ?? { ok: true, value: parsed.flatMap((one) => (one.ok ? [one.value] : [])) }
}
