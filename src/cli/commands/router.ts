import { collectDefaultMetrics, Registry } from 'prom-client'
import { routerFields } from '../../../router/index.ts'
import { discoverFromFile, endpointsFromUrls } from '../../endpoints/discovery-static.ts'
import { createPool, type Pool } from '../../endpoints/pool.ts'
import { ConfigError } from '../../errors.ts'
import { listen } from '../../net/http-server.ts'
import { createAdmin } from '../../telemetry/admin.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { prepareRouter, type RouterConfig } from '../prepare-router.ts'

export const command = defineCommand({
  name: 'router',
  summary: 'Run the router: an OpenAI proxy that sends each prompt where its prefix is cached.',
  examples: [
    'warmpath router --endpoints http://10.0.3.7:8000,http://10.0.3.8:8000 --model Qwen/Qwen3-32B',
    'warmpath router --endpoints-file pools.yaml --policy least-request',
  ],
  fields: routerFields,
  async run(config, context) {
    const { clock, log, lifecycle, stdout } = context
    const pool = createPool(clock)
    await discover(config, pool, context)
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const router = prepareRouter(config, { pool, registry, clock, log, lifecycle })
    const admin = await listen(createAdmin({ registry, readiness: router.readiness, routes: [router.adminRoutes] }), {
      host: config.adminHost,
      port: config.adminPort,
      flag: '--admin-port',
    })
    lifecycle.onStop('admin', (deadline) => admin.close(deadline))
    stdout.write(`router listening on ${await router.listen()}\n`)
    stdout.write(`admin listening on ${admin.url}\n`)
    await lifecycle.untilStopped()
    return 0
  },
})

async function discover(config: RouterConfig, pool: Pool, { clock, log, lifecycle }: CommandContext): Promise<void> {
  const { endpointsFile, endpoints: urls, model } = config
  if (endpointsFile === undefined && urls.length === 0) {
    throw new ConfigError([{ path: 'endpointsFile', value: 'none', expected: 'a file, or URLs in endpoints' }])
  }
  if (urls.length > 0 && model === undefined) {
    throw new ConfigError([
      { path: 'model', value: 'none', expected: 'the model that the replicas of endpoints serve' },
    ])
  }
  if (model !== undefined && urls.length > 0) {
    const endpoints = endpointsFromUrls({ urls, pool: 'static', model, path: 'endpoints' })
    pool.apply({ kind: 'replaced', source: 'endpoints', endpoints })
  }
  if (endpointsFile !== undefined) {
    const discovery = await discoverFromFile({ path: endpointsFile, pool, clock, log })
    lifecycle.onStop('endpoints file', () => discovery.stop())
  }
}
