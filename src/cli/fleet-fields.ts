import { choice, decimal, type Field, integer, type Parsed, port, text } from '../config/field.ts'
import { ConfigError } from '../errors.ts'
import { type AddressedFault, faultForm, parseFault } from '../simulation/fleet/faults.ts'
import { fleetDefaults } from '../simulation/fleet/fleet.ts'
import { engineProfileNames } from '../simulation/profiles.ts'

/** Texts are split at ";", because a fault has commas of its own. */
const faults: Field<readonly AddressedFault[]> = {
  kind: 'value',
  default: fleetDefaults.faults,
  unit: '',
  doc: `Scripted faults, separated by ";" (a list in files): ${faultForm}. Also live: POST a JSON list to /admin/faults of a replica.`,
  parse: parseFaults,
}

/** Options of simulated replicas that `fleet` and `up` share. */
export const fleetFields = {
  replicas: integer({ default: fleetDefaults.replicas, min: 1, max: 100, doc: 'Simulated servers.' }),
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
  meanOutputTokens: integer({
    default: fleetDefaults.meanOutputTokens,
    min: 1,
    doc: 'Mean natural length of an answer.',
  }),
  seed: integer({ default: fleetDefaults.seed, min: 0, doc: 'Fixes lengths and texts of answers.' }),
  faults,
}

/** Throws a ConfigError when a fault is for a replica that will not be there. */
export function checkFaults(given: readonly AddressedFault[], replicas: number): void {
  const beyond = given.filter(({ replica = 0 }) => replica >= replicas)
  if (beyond.length === 0) return
  const expected = `replica from 0 to ${replicas - 1}`
  throw new ConfigError(beyond.map(({ replica }) => ({ path: '--faults', value: `replica=${replica}`, expected })))
}

function parseFaults(raw: unknown): Parsed<readonly AddressedFault[]> {
  const parts: readonly unknown[] =
    typeof raw === 'string' ? raw.split(';').filter((part) => part.trim() !== '') : [raw].flat()
  const parsed = parts.map(parseFault)
  const wrong = parsed.find((one) => !one.ok)
  return wrong ?? { ok: true, value: parsed.flatMap((one) => (one.ok ? [one.value] : [])) }
}
