import { collectDefaultMetrics, Registry } from 'prom-client'
import { createDashboard } from '../../router/index.ts'
import type { Pool } from '../endpoints/pool.ts'
import { listen } from '../net/http-server.ts'
import { createAdmin } from '../telemetry/admin.ts'
import type { CommandContext } from './command.ts'
import { prepareRouter, type RouterConfig } from './prepare-router.ts'

export interface ServedRouter {
  readonly url: string
  readonly adminUrl: string
}

/** Serves the router over `pool` and its admin port with the page and `registry`, and prints a line per address. */
export async function serveRouter(
  config: RouterConfig,
  pool: Pool,
  { clock, log, lifecycle, stdout }: CommandContext,
  registry = new Registry(),
): Promise<ServedRouter> {
  collectDefaultMetrics({ register: registry })
  const dashboard = await createDashboard()
  const router = prepareRouter(config, { pool, registry, clock, log, lifecycle })
  const routes = [router.adminRoutes, dashboard]
  const admin = await listen(createAdmin({ registry, readiness: router.readiness, routes }), {
    host: config.adminHost,
    port: config.adminPort,
    flag: '--admin-port',
  })
  lifecycle.onStop('admin', (deadline) => admin.close(deadline))
  const url = await router.listen()
  stdout.write(`router listening on ${url}\nadmin listening on ${admin.url}\n`)
  return { url, adminUrl: admin.url }
}
