import { simulatedVersion } from './answer-format.ts'
import type { Handler, ServingReplica } from './exchange.ts'
import { send, sendJson } from './http.ts'
import { highWaterMark } from './kv-publisher.ts'

export const serveHealth: Handler = ({ response }) => send(response, 200, undefined, '')

export const serveVersion: Handler = ({ response }) => sendJson(response, 200, { version: simulatedVersion })

/** As with --enable-server-load-tracking. */
export const serveLoad: Handler = ({ response }, { engine }) =>
  sendJson(response, 200, { server_load: engine.inFlight })

export const serveMetrics: Handler = async ({ response }, { engine: { metrics } }) =>
  send(response, 200, metricsContentType, await metrics.registry.metrics())

/** What Python's client names by default (prometheus_client 0.26); on these pages the same format as 0.0.4. */
const metricsContentType = 'text/plain; version=1.0.0; charset=utf-8'

/** `false`, and nothing done, while requests hold blocks. */
export const serveResetPrefixCache: Handler = ({ response }, { engine }) =>
  sendJson(response, 200, { success: engine.resetPrefixCache() })

/** Publisher configuration by data-parallel rank (vLLM PR 55844, docs of 2026-10). */
export const serveKvEventSources: Handler = ({ response }, { publisher, settings }) =>
  sendJson(response, 200, {
    '0': {
      enable_kv_cache_events: true,
      publisher: 'zmq',
      endpoint: publisher.endpoint,
      replay_endpoint: publisher.replayEndpoint,
      buffer_steps: settings.kvBufferSteps,
      hwm: highWaterMark,
      max_queue_size: highWaterMark,
      topic: settings.kvTopic,
    },
  })

/** What sglang-router and VR read of a worker (sglang-router 0.3.2, vllm-router 0.1.17), under SGLang's names. */
export const serveServerInfo: Handler = ({ response }, replica) => {
  const { profile, settings, maxModelLen } = replica
  sendJson(response, 200, {
    ...modelInfo(replica),
    served_model_name: settings.model,
    tp_size: 1,
    dp_size: 1,
    version: simulatedVersion,
    page_size: profile.blockTokens,
    max_running_requests: profile.maxRunning,
    max_prefill_tokens: profile.stepTokens,
    max_total_num_tokens: profile.kvBlocks * profile.blockTokens,
    context_length: maxModelLen,
  })
}

export const serveModelInfo: Handler = ({ response }, replica) => sendJson(response, 200, modelInfo(replica))

function modelInfo({ settings: { model } }: ServingReplica): object {
  return { model_path: model, tokenizer_path: model, is_generation: true }
}
