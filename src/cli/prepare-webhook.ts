import { readFile } from 'node:fs/promises'
import type { Registry } from 'prom-client'
import {
  createServedCertificate,
  createWebhook,
  followCertificateFiles,
  type ServedCertificate,
  selfSigned,
  startClusterCertificates,
  toSettings,
  type Webhook,
  type WebhookConfig,
} from '../../webhook/index.ts'
import { type Clock, pause } from '../clock.ts'
import { ConfigError } from '../errors.ts'
import { listenTls } from '../net/http-server.ts'
import type { Log } from '../telemetry/log.ts'
import type { Lifecycle } from './lifecycle.ts'

export interface WebhookSurroundings {
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
  readonly lifecycle: Lifecycle
  /** The option a user changes when the port is taken; `--port` by default. */
  readonly portFlag?: string
}

export interface PreparedWebhook {
  /** Why it should get no reviews now; empty = it should. */
  readonly readiness: () => readonly string[]
  /** Waits for a certificate and serves; resolves to the address, or to `undefined` if stopped before. */
  listen(port?: number): Promise<string | undefined>
}

/** Reads the settings and starts what keeps the certificate. Whoever serves `readiness` starts before `listen`. */
export async function prepareWebhook(
  config: WebhookConfig,
  surroundings: WebhookSurroundings,
): Promise<PreparedWebhook> {
  const { registry, clock, log, lifecycle, portFlag } = surroundings
  const source = certificateSourceOf(config)
  const settings = await toSettings(config)
  const clientCa = config.clientCa === undefined ? undefined : await readClientCa(config.clientCa)
  const certificate = createServedCertificate(Date.now)
  const webhook = createWebhook({
    core: { settings },
    registry,
    clock,
    log,
    maxBodyBytes: config.maxBodyBytes,
    maxDeadlineMs: config.maxDeadline,
    stopping: lifecycle.stopping,
    secondsLeft: () => certificate.secondsLeft(),
  })
  await startCertificates({ source, config, certificate, webhook, ...surroundings })
  let listening = false
  return {
    readiness() {
      if (lifecycle.stopping.aborted) return ['stopping']
      return listening ? certificate.problems() : ['no certificate yet']
    },
    async listen(port = config.port) {
      const pair = await Promise.race([certificate.first, stopped(lifecycle.stopping)])
      if (pair === undefined) return undefined
      const listener = await listenTls(webhook.app, {
        ...{ host: config.host, port, pair, clientCa, maxConnections: MAX_CONNECTIONS },
        ...(portFlag !== undefined && { flag: portFlag }),
        // Go's client keeps idle connections 90 s (net/http DefaultTransport); whoever closes first must not be us.
        keepAliveTimeoutMs: 95_000,
        headersTimeoutMs: 100_000,
        requestTimeoutMs: 100_000,
      })
      certificate.onNext((next) => listener.usePair(next))
      listening = true
      lifecycle.onStop('webhook', async (deadline) => {
        await pause(clock, config.drain, deadline)
        await listener.close(deadline)
      })
      return listener.url
    },
  }
}

/** One API server opens one for each review at a time. */
const MAX_CONNECTIONS = 2048

type CertificateSource =
  | { readonly kind: 'self-signed' }
  | { readonly kind: 'files'; readonly certificatePath: string; readonly keyPath: string }
  | { readonly kind: 'secret'; readonly secret: string }

/** Exactly one. */
function certificateSourceOf({ tlsCert, tlsKey, tlsSelfSigned, tlsSecret }: WebhookConfig): CertificateSource {
  const sources: CertificateSource[] = [
    ...(tlsSelfSigned ? [{ kind: 'self-signed' } as const] : []),
    ...(tlsCert !== undefined && tlsKey !== undefined
      ? [{ kind: 'files', certificatePath: tlsCert, keyPath: tlsKey } as const]
      : []),
    ...(tlsSecret === undefined ? [] : [{ kind: 'secret', secret: tlsSecret } as const]),
  ]
  const [source, second] = sources
  const halfPair = (tlsCert === undefined) !== (tlsKey === undefined)
  if (source !== undefined && second === undefined && !halfPair) return source
  const several = sources.length === 0 ? 'none' : `${sources.length} of them`
  throw new ConfigError([
    {
      path: 'certificate',
      value: halfPair ? 'one of tlsCert and tlsKey alone' : several,
      expected: 'tlsCert with tlsKey, or tlsSecret, or tlsSelfSigned',
    },
  ])
}

interface CertificateContext extends WebhookSurroundings {
  readonly source: CertificateSource
  readonly config: WebhookConfig
  readonly certificate: ServedCertificate
  readonly webhook: Webhook
}

async function startCertificates(context: CertificateContext): Promise<void> {
  const { source, config, certificate, webhook, clock, log, lifecycle } = context
  const onPair = certificate.offer
  switch (source.kind) {
    case 'self-signed':
      onPair(await selfSigned(['localhost', '127.0.0.1', '::1', config.serviceName], Date.now()))
      return
    case 'files': {
      const files = await followCertificateFiles({ ...source, clock, log, onPair })
      lifecycle.onStop('certificate files', () => files.stop())
      return
    }
    case 'secret': {
      const onFailure = () => webhook.metrics.rotationFailures.inc()
      const { secret } = source
      const rotator = await startClusterCertificates({
        ...{ ...config, secret, clock, log, onPair, onFailure, wallMs: Date.now },
      })
      lifecycle.onStop('certificate rotation', () => rotator.stop())
    }
  }
}

async function readClientCa(path: string): Promise<string> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => String(error))
  if (content.includes('-----BEGIN CERTIFICATE-----')) return content
  throw new ConfigError([{ path: 'clientCa', value: path, expected: 'a file with a certificate, PEM' }])
}

function stopped(stopping: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (stopping.aborted) resolve(undefined)
    else stopping.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
