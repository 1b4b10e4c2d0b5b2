import { promisify } from 'node:util'
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { externalScalerProto, kedaOperator } from '../parts/keda.ts'
import { requirePart } from '../parts/require-part.ts'

export interface StandInScaler {
  /** host:port for `scalerAddress`. */
  readonly address: string
  /** Replicas it asks for from then on, with a target of 1; none = not active. */
  want(replicas: number): void
  /** Metadata of each trigger that KEDA asked for, by method. */
  readonly asked: ReadonlyMap<string, unknown>
  stop(): Promise<void>
}

interface Asked {
  readonly scalerMetadata?: unknown
  readonly scaledObjectRef?: { readonly scalerMetadata?: unknown }
}

/** Says over KEDA's own contract what it is told to say. It proves the bench and is no scaler. */
export async function startStandInScaler(): Promise<StandInScaler> {
  const definition = loadSync(externalScalerProto(await requirePart(kedaOperator)), { keepCase: true, longs: Number })
  const server = new Server()
  const asked = new Map<string, unknown>()
  let replicas = 0
  const answer =
    (method: string, reply: () => object) =>
    (call: ServerUnaryCall<Asked, object>, done: sendUnaryData<object>): void => {
      asked.set(method, call.request.scalerMetadata ?? call.request.scaledObjectRef?.scalerMetadata)
      done(null, reply())
    }
  const service = definition['externalscaler.ExternalScaler']
  if (service === undefined || 'format' in service) throw new Error('externalscaler.proto has no ExternalScaler')
  server.addService(service, {
    IsActive: answer('IsActive', () => ({ result: replicas > 0 })),
    GetMetricSpec: answer('GetMetricSpec', () => ({ metricSpecs: [{ metricName, targetSizeFloat: 1 }] })),
    GetMetrics: answer('GetMetrics', () => ({ metricValues: [{ metricName, metricValueFloat: replicas }] })),
  })
  const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure())
  return {
    address: `127.0.0.1:${port}`,
    want(count) {
      replicas = count
    },
    asked,
    async stop() {
      server.forceShutdown()
    },
  }
}

const metricName = 'replicas'
