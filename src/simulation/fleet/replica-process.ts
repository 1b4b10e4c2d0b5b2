import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../clock.ts'
import { type HttpListener, listen } from '../../net/http-server.ts'
import type { Log } from '../../telemetry/log.ts'
import type { KvEventsForm } from '../../vllm/kv-events-encode.ts'
import type { EngineProfile } from '../profiles.ts'
import type { HashForm } from './cache-events.ts'
import { EngineProcess } from './engine-process.ts'
import type { ServingReplica, ServingSettings } from './exchange.ts'
import { createKvPublisher, type KvPublisher } from './kv-publisher.ts'
import { createServedModels } from './served-models.ts'

export interface ProcessOptions {
  readonly host: string
  /** The option a user changes when the HTTP port is taken. */
  readonly portFlag: string
  readonly profile: EngineProfile
  readonly settings: ServingSettings
  readonly loras: readonly string[]
  readonly kvEventsFormat: KvEventsForm
  readonly kvHashes: HashForm
  readonly speed: number
  readonly clock: Clock
  readonly log: Log
  /** Unix time. */
  readonly nowSeconds: () => number
}

/** 0 = any free port. */
export interface Ports {
  readonly http: number
  readonly events: number
  readonly replay: number
}

/** What runs between two restarts of a replica. */
export interface ReplicaProcess extends Omit<ServingReplica, 'draining' | 'faults'> {
  readonly publisher: KvPublisher
  readonly listener: HttpListener
  readonly ports: Ports
}

/** Rejects with `PORT_IN_USE` when a port is taken; nothing is left listening then. */
export async function startProcess(
  options: ProcessOptions,
  ports: Ports,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ReplicaProcess> {
  const { host, portFlag, profile, settings, loras, kvHashes, clock, speed, log, nowSeconds } = options
  const publisher = await createKvPublisher({
    host,
    port: ports.events,
    replayPort: ports.replay,
    topic: settings.kvTopic,
    form: options.kvEventsFormat,
    bufferSteps: settings.kvBufferSteps,
    nowSeconds,
    log,
  })
  const listener = await listenLikeUvicorn(serve, { host, port: ports.http, flag: portFlag }).catch(
    async (error: unknown) => {
      await publisher.close()
      throw error
    },
  )
  const { model } = settings
  // vLLM refuses to start when one prompt of full length does not fit the KV cache.
  const maxModelLen = Math.min(profile.maxModelLen, profile.kvBlocks * profile.blockTokens)
  return {
    engine: new EngineProcess({
      profile,
      model,
      maxModelLen,
      loras: loras.length,
      hashForm: kvHashes,
      clock,
      speed,
      publisher,
      nowSeconds,
    }),
    models: createServedModels(model, loras),
    publisher,
    listener,
    ports: { http: listener.port, events: portOf(publisher.endpoint), replay: portOf(publisher.replayEndpoint) },
    profile,
    maxModelLen,
    settings,
    nowSeconds,
  }
}

/** Connections are cut when `deadline` aborts. */
export async function endProcess(
  { engine, listener, publisher }: ReplicaProcess,
  deadline: AbortSignal,
): Promise<void> {
  await listener.close(deadline)
  engine.kill()
  await publisher.close()
}

/** VLLM_HTTP_TIMEOUT_KEEP_ALIVE: 5 s, to the point, where Node would add a second. */
async function listenLikeUvicorn(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  address: { readonly host: string; readonly port: number; readonly flag: string },
): Promise<HttpListener> {
  const listener = await listen(serve, { ...address, keepAliveTimeoutMs: 5000 })
  listener.server.keepAliveTimeoutBuffer = 0
  return listener
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
}
