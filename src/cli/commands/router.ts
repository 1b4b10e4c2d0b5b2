import { routerFields } from '../../../router/index.ts'
import type { ConfigOf } from '../../config/field.ts'
import { discoverFromFile, endpointsFromUrls } from '../../endpoints/discovery-static.ts'
import { createPool, type Pool } from '../../endpoints/pool.ts'
import { ConfigError } from '../../errors.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { exitCodes } from '../host.ts'
import { serveRouter } from '../serve-router.ts'

export const command = defineCommand({
  name: 'router',
  summary: 'Run the router: an OpenAI proxy that sends each prompt where its prefix is cached.',
  examples: [
    'warmpath router --endpoints http://10.0.3.7:8000,http://10.0.3.8:8000 --model Qwen/Qwen3-32B',
    'warmpath router --endpoints-file pools.yaml --policy least-request',
  ],
  fields: routerFields,
  async run(config, context) {
    const pool = createPool(context.clock)
    await discover(config, pool, context)
    await serveRouter(config, pool, context)
    await context.lifecycle.untilStopped()
    return exitCodes.fine
  },
})

type Sources = Pick<ConfigOf<typeof routerFields>, 'endpointsFile' | 'endpoints' | 'model'>

async function discover(sources: Sources, pool: Pool, { clock, log, lifecycle }: CommandContext): Promise<void> {
  const { endpointsFile, endpoints: urls, model } = sources
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
