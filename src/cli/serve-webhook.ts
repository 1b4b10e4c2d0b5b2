import { collectDefaultMetrics, Registry } from 'prom-client'
import type { WebhookConfig } from '../../webhook/index.ts'
import { listen } from '../net/http-server.ts'
import { createAdmin } from '../telemetry/admin.ts'
import type { CommandContext } from './command.ts'
import { prepareWebhook } from './prepare-webhook.ts'

/** Serves the webhook and its admin port, and prints a line per address. */
export async function serveWebhook(config: WebhookConfig, context: CommandContext): Promise<void> {
  const { clock, log, lifecycle, stdout } = context
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const webhook = await prepareWebhook(config, { registry, clock, log, lifecycle })
  const admin = await listen(createAdmin({ registry, readiness: webhook.readiness }), {
    host: config.adminHost,
    port: config.adminPort,
    flag: '--admin-port',
  })
  lifecycle.onStop('admin', (deadline) => admin.close(deadline))
  stdout.write(`admin listening on ${admin.url}\n`)
  const url = await webhook.listen()
  if (url !== undefined) stdout.write(`webhook listening on ${url}\n`)
}
