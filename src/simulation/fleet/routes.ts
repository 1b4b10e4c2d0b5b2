import { ApiError, errorBody, RouteError } from './api-error.ts'
import type { Exchange, Handler, ServingReplica } from './exchange.ts'
import { listFaults, replaceFaults } from './fault-routes.ts'
import { sendJson } from './http.ts'
import { serveChat, serveCompletions } from './inference.ts'
import {
  serveHealth,
  serveKvEventSources,
  serveLoad,
  serveMetrics,
  serveModelInfo,
  serveResetPrefixCache,
  serveServerInfo,
  serveVersion,
} from './info-routes.ts'
import { serveLoadLora, serveModels, serveUnloadLora } from './model-routes.ts'
import { serveRenderChat, serveRenderCompletions } from './render-routes.ts'
import { serveDetokenize, serveTokenize } from './tokenize-routes.ts'

/** Where faults hit that name no path. */
export const inferencePaths: ReadonlySet<string> = new Set(['/v1/chat/completions', '/v1/completions'])

type Methods = Readonly<Record<string, Handler>>

const routes: ReadonlyMap<string, Methods> = new Map<string, Methods>([
  ['/v1/chat/completions', { POST: serveChat }],
  ['/v1/completions', { POST: serveCompletions }],
  ['/v1/chat/completions/render', { POST: serveRenderChat }],
  ['/v1/completions/render', { POST: serveRenderCompletions }],
  ['/v1/models', { GET: serveModels }],
  ['/v1/load_lora_adapter', { POST: serveLoadLora }],
  ['/v1/unload_lora_adapter', { POST: serveUnloadLora }],
  ['/tokenize', { POST: serveTokenize }],
  ['/detokenize', { POST: serveDetokenize }],
  ['/health', { GET: serveHealth }],
  ['/ping', { GET: serveHealth, POST: serveHealth }],
  ['/version', { GET: serveVersion }],
  ['/load', { GET: serveLoad }],
  ['/metrics', { GET: serveMetrics }],
  ['/reset_prefix_cache', { POST: serveResetPrefixCache }],
  ['/kv_event_sources', { GET: serveKvEventSources }],
  ['/server_info', { GET: serveServerInfo }],
  ['/get_server_info', { GET: serveServerInfo }],
  ['/model_info', { GET: serveModelInfo }],
  ['/get_model_info', { GET: serveModelInfo }],
  ['/admin/faults', { GET: listFaults, POST: replaceFaults }],
])

/** Serves one request, refusals included. Rejects only on a fault of the simulation itself. */
export async function route(exchange: Exchange, replica: ServingReplica): Promise<void> {
  try {
    await handlerOf(exchange)(exchange, replica)
  } catch (error) {
    const { response, path } = exchange
    if (error instanceof RouteError) {
      if (error.status === 405) response.setHeader('allow', Object.keys(routes.get(path) ?? {}).join(', '))
      sendJson(response, error.status, { detail: error.message })
    } else if (error instanceof ApiError) sendJson(response, error.status, errorBody(error))
    else throw error
  }
}

function handlerOf({ path, request: { method = 'GET' } }: Exchange): Handler {
  const methods = routes.get(path)
  if (methods === undefined) throw new RouteError(404)
  const handler = methods[method]
  if (handler === undefined) throw new RouteError(405)
  return handler
}
