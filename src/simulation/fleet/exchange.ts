import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EngineProfile } from '../profiles.ts'
import type { EngineProcess } from './engine-process.ts'
import type { Fault, FaultScript } from './faults.ts'
import type { KvPublisher } from './kv-publisher.ts'
import type { ServedModels } from './served-models.ts'

/** One HTTP request to a replica. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  /** The scripted fault that hits this request; what it does before routing has been done. */
  readonly fault: Fault | undefined
}

/** What the routes see of the replica that serves them. */
export interface ServingReplica {
  readonly engine: EngineProcess
  readonly models: ServedModels
  readonly publisher: Pick<KvPublisher, 'endpoint' | 'replayEndpoint'>
  readonly faults: FaultScript
  readonly profile: EngineProfile
  readonly maxModelLen: number
  /** New requests are answered with "abort". */
  readonly draining: boolean
  readonly settings: ServingSettings
  /** Unix time. */
  readonly nowSeconds: () => number
}

export interface ServingSettings {
  readonly model: string
  /** Natural length of an answer, tokens. */
  readonly meanOutputTokens: number
  readonly seed: number
  /** vLLM's --enable-prompt-tokens-details. */
  readonly tokenDetails: boolean
  readonly maxBodyBytes: number
  readonly kvTopic: string
  /** Batches kept for replay. */
  readonly kvBufferSteps: number
}

/** Throws `ApiError` for what it refuses. */
export type Handler = (exchange: Exchange, replica: ServingReplica) => Promise<void> | void
