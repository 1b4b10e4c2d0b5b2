import { Registry } from 'prom-client'
import { routerFields } from '../../../router/index.ts'
import { webhookFields } from '../../../webhook/index.ts'
import { decimal, port, text } from '../../config/field.ts'
import { loadConfig } from '../../config/load.ts'
import type { PoolSnapshot } from '../../endpoints/endpoint.ts'
import { createPool, type Pool } from '../../endpoints/pool.ts'
import { WarmpathError } from '../../errors.ts'
import { createRandom } from '../../random.ts'
import { type Fleet, fleetDefaults } from '../../simulation/fleet/fleet.ts'
import { engineProfile } from '../../simulation/profiles.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { startDemoLoad } from '../demo-load.ts'
import { checkFaults, fleetFields } from '../fleet-fields.ts'
import { exitCodes } from '../host.ts'
import { prepareWebhook } from '../prepare-webhook.ts'
import { type ServedRouter, serveRouter } from '../serve-router.ts'
import { startFleet } from '../start-fleet.ts'

const webhookDefaults = loadConfig(webhookFields, {})
const { endpointsFile: _file, endpoints: _urls, model: _model, ...serving } = routerFields

export const command = defineCommand({
  name: 'up',
  summary: 'Run everything on this machine, with simulated vLLM replicas: no cluster and no GPU needed.',
  examples: [
    'warmpath up',
    'warmpath up --demo-load 10',
    'warmpath up --replicas 8 --engine qwen3-32b-tp2-h100 --policy least-request',
  ],
  fields: {
    ...serving,
    host: text({ default: '127.0.0.1', doc: 'Address to listen on for OpenAI clients.' }),
    adminHost: text({ default: '127.0.0.1', doc: 'Address of the admin port.' }),
    ...fleetFields,
    fleetPort: port({
      default: fleetDefaults.port,
      doc: 'HTTP port of the first simulated server; the others follow. 0 = any free ports.',
    }),
    webhookPort: port({ default: 8443, doc: 'HTTPS port of the admission webhook; any free one if it is taken.' }),
    demoLoad: decimal({
      default: 0,
      min: 0,
      max: 1000,
      doc: 'Chats per second to send to the router itself: prompts that share prefixes, so that there is something to see.',
    }),
  },
  async run(config, context) {
    const { clock, log, lifecycle, stdout } = context
    checkFaults(config.faults, config.replicas)
    const fleet = await startFleet(
      {
        ...config,
        engine: engineProfile(config.engine),
        blockTokens: undefined,
        host: fleetDefaults.host,
        port: config.fleetPort,
        portFlag: '--fleet-port',
      },
      context,
    )
    const pool = createPool(clock)
    pool.apply({ kind: 'replaced', source: 'fleet', endpoints: endpointsOf(fleet) })
    const registry = new Registry()
    await serveWebhook(config, context, registry)
    const router = await serveRouter(config, pool, context, registry)
    await untilAsked(pool, lifecycle.stopping)
    const model = fleet.replicas[0]?.model ?? ''
    stdout.write(tryLines(router, model))
    if (config.demoLoad > 0) {
      const random = createRandom(config.seed)
      const load = startDemoLoad({ url: router.url, model, perSecond: config.demoLoad, random, clock, log })
      lifecycle.onStop('demo load', () => load.stop())
    }
    await lifecycle.untilStopped()
    return exitCodes.fine
  },
})

/** With the certificate of this run and the webhook's defaults; its metrics are on the one admin port. */
async function serveWebhook(
  { host, webhookPort }: { readonly host: string; readonly webhookPort: number },
  { clock, log, lifecycle, stdout }: CommandContext,
  registry: Registry,
): Promise<void> {
  const config = { ...webhookDefaults, host, port: webhookPort, tlsSelfSigned: true, drain: 0 }
  const portFlag = '--webhook-port'
  const webhook = await prepareWebhook(config, { registry, clock, log, lifecycle, portFlag })
  const url = await webhook.listen().catch((error: unknown) => {
    // Nothing here depends on the number, and another program may well be on it.
    if (error instanceof WarmpathError && error.code === 'PORT_IN_USE') return webhook.listen(0)
    throw error
  })
  if (url !== undefined) stdout.write(`webhook listening on ${url}\n`)
}

/** Resolves when each replica has answered the poller or failed to: from then on the router knows the room it has. */
function untilAsked(pool: Pool, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      unsubscribe()
      resolve()
    }
    const check = ({ endpoints }: PoolSnapshot): void => {
      if (endpoints.every(({ health }) => health !== 'unknown')) end()
    }
    const unsubscribe = pool.subscribe(check)
    stopping.addEventListener('abort', end, { once: true })
    if (stopping.aborted) end()
    else check(pool.snapshot())
  })
}

const endpointsOf = ({ replicas }: Fleet) =>
  replicas.map(({ name, url, kvEvents, model }) => ({ name, url, pool: 'local', model, kvEvents, labels: {} }))

/** Command lines for a POSIX shell. */
function tryLines({ url, adminUrl }: ServedRouter, model: string): string {
  const curl = (flag: string, more: object): string => {
    const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Why is the sky blue?' }], ...more })
    return `curl ${flag} ${url}/v1/chat/completions -H 'content-type: application/json' -d '${body.replaceAll("'", `'\\''`)}'`
  }
  return `Try:\n  ${curl('-i', {})}\n  ${curl('-N', { stream: true })}\nand look at ${adminUrl}/ in a browser.\n`
}
