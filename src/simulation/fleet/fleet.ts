import { type Clock, realClock } from '../../clock.ts'
import { type Log, silentLog } from '../../telemetry/log.ts'
import type { KvEventsForm } from '../../vllm/kv-events-encode.ts'
import type { EngineStats } from '../engine.ts'
import { type EngineProfile, engineProfile, withBlockTokens } from '../profiles.ts'
import type { HashForm } from './cache-events.ts'
import type { AddressedFault, Fault } from './faults.ts'
import { Replica } from './replica.ts'

export interface FleetOptions {
  readonly replicas: number
  readonly host: string
  /** Of the first replica; the others follow. 0 = any free port for each. */
  readonly port: number
  /** The option that sets `port`, for the error when one is taken. */
  readonly portFlag: string
  readonly kvEventsPort: number
  readonly kvReplayPort: number
  readonly engine: EngineProfile
  /** Served name; undefined = the profile's model. */
  readonly model: string | undefined
  readonly loras: readonly string[]
  /** Engine time runs so many times faster than the clock. */
  readonly speed: number
  /** Undefined = the profile's. */
  readonly kvBlocks: number | undefined
  readonly blockTokens: number | undefined
  /** Mean of an answer's natural length; `max_tokens` and `ignore_eos` overrule it. */
  readonly meanOutputTokens: number
  readonly seed: number
  readonly tokenDetails: boolean
  readonly kvEventsFormat: KvEventsForm
  readonly kvHashes: HashForm
  readonly kvTopic: string
  readonly kvBufferSteps: number
  readonly maxBodyBytes: number
  readonly drainTimeoutMs: number
  readonly faults: readonly AddressedFault[]
  readonly clock: Clock
  readonly log: Log
  /** Unix time. */
  readonly nowSeconds: () => number
}

/** kvTopic, kvBufferSteps and drainTimeoutMs are vLLM's own defaults (vllm/config/kv_events.py and --shutdown-timeout, 2026-08). */
export const fleetDefaults: FleetOptions = {
  replicas: 4,
  host: '127.0.0.1',
  port: 8100,
  portFlag: '--port',
  kvEventsPort: 5557,
  kvReplayPort: 5657,
  engine: engineProfile('laptop'),
  model: undefined,
  loras: [],
  speed: 1,
  kvBlocks: undefined,
  blockTokens: undefined,
  meanOutputTokens: 128,
  seed: 1,
  tokenDetails: true,
  kvEventsFormat: 'map',
  kvHashes: 'int',
  kvTopic: '',
  kvBufferSteps: 10_000,
  maxBodyBytes: 10 * 2 ** 20,
  drainTimeoutMs: 0,
  faults: [],
  clock: realClock,
  log: silentLog,
  nowSeconds: () => Date.now() / 1000,
}

/** One replica's addresses; they hold through its restarts. */
export interface FleetMember {
  readonly name: string
  readonly url: string
  /** ZMQ publisher of KV events. */
  readonly kvEvents: string
  /** ZMQ replay of KV events. */
  readonly replay: string
  readonly model: string
}

export interface FleetControl {
  setFaults(faults: readonly Fault[]): void
  /** Resolves when it serves again. */
  restart(downMs: number): Promise<void>
  /** Stops this one replica as vLLM on SIGTERM. */
  stop(deadline: AbortSignal): Promise<void>
}

export interface Fleet {
  readonly replicas: readonly FleetMember[]
  /** Throws for an index the fleet does not have. */
  replica(index: number): FleetControl
  /** Undefined while the replica is down. */
  engineStats(index: number): EngineStats | undefined
  /** Stops all replicas at once, gracefully until `deadline` aborts. */
  stop(deadline: AbortSignal): Promise<void>
}

/** Simulated vLLM servers in this process, one HTTP port each. Rejects with `PORT_IN_USE`, nothing left listening. */
export async function createFleet(given: Partial<FleetOptions> = {}): Promise<Fleet> {
  const options = { ...fleetDefaults, ...given }
  const started: Replica[] = []
  const stop = async (deadline: AbortSignal): Promise<void> => {
    await Promise.all(started.map((replica) => replica.stop(deadline)))
  }
  try {
    for (let index = 0; index < options.replicas; index++) started.push(await startReplica(options, index))
  } catch (error) {
    await stop(AbortSignal.abort())
    throw error
  }
  const at = (index: number): Replica => {
    const replica = started[index]
    if (replica === undefined) throw new RangeError(`no replica ${index} in a fleet of ${started.length}`)
    return replica
  }
  return {
    replicas: started.map(({ name, url, kvEvents, kvReplay, model }) => ({
      name,
      url,
      kvEvents,
      replay: kvReplay,
      model,
    })),
    replica(index) {
      const replica = at(index)
      return {
        setFaults: (faults) => replica.faults.replace(faults),
        restart: (downMs) => replica.restart(downMs),
        stop: (deadline) => replica.stop(deadline),
      }
    },
    engineStats: (index) => at(index).stats(),
    stop,
  }
}

function startReplica(options: FleetOptions, index: number): Promise<Replica> {
  const port = (base: number): number => (base === 0 ? 0 : base + index)
  const { model, meanOutputTokens, seed, tokenDetails, maxBodyBytes, kvTopic, kvBufferSteps } = options
  const profile = sizedProfile(options)
  return Replica.start({
    ...options,
    name: `replica-${index}`,
    ports: { http: port(options.port), events: port(options.kvEventsPort), replay: port(options.kvReplayPort) },
    profile,
    settings: {
      model: model ?? profile.model,
      meanOutputTokens,
      seed,
      tokenDetails,
      maxBodyBytes,
      kvTopic,
      kvBufferSteps,
    },
    faults: options.faults
      .filter(({ replica }) => replica === undefined || replica === index)
      .map(({ fault }) => fault),
  })
}

function sizedProfile({ engine, kvBlocks, blockTokens }: FleetOptions): EngineProfile {
  const cut = blockTokens === undefined ? engine : withBlockTokens(engine, blockTokens)
  return kvBlocks === undefined ? cut : { ...cut, kvBlocks }
}
