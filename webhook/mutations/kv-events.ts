import { isJsonObject, type JsonObject } from '../../src/vllm/json-value.ts'
import { addEnv } from '../env.ts'
import { addFlags, podIpMark } from '../flags.ts'
import { defineMutation, onlyEnabled, unneeded } from '../mutation.ts'
import { leave, outcomeOf } from '../part.ts'
import type { VllmPod } from '../recognize.ts'

const id = 'kv-events'
const flag = '--kv-events-config'

export const kvEvents = defineMutation({
  id,
  doc:
    `\`${flag}\`: KV events by ZMQ on port 5557 and their replay on 5657, under the topic of llm-d's convention, merged into ` +
    'what the command line has of it. Events carry prompts as token ids, so fence the ports with a NetworkPolicy.',
  optIn: { annotation: 'kv-events', values: '`enabled`', check: onlyEnabled },
  apply({ object, vllm }) {
    const { server, container } = vllm
    if (server === undefined) return leave(id, `${flag}: no vLLM command line in the pod`)
    const own = server.line.settings.kvEventsConfig
    const ownKeys = own.kind === 'given' && isJsonObject(own.value) ? own.value : {}
    if (ownKeys['enable_kv_cache_events'] === false || ownKeys['publisher'] === 'null')
      return leave(id, `its own ${flag} turns events off`)
    const topic = topicOf(vllm)
    const flags = addFlags(object, vllm, [{ flag, value: { json: configOf(topic) } }])
    if (flags.kind === 'left') return leave(id, flags.why)
    if (flags.kind === 'present') return unneeded
    const usesIp = JSON.stringify(flags.edits).includes('$(POD_IP)')
    const env = usesIp ? addEnv(object, container, { name: 'POD_IP', fieldPath: 'status.podIP' }) : undefined
    // A POD_IP of the user's own is used as it is.
    const added = env?.kind === 'edited' ? [env.edit] : []
    return outcomeOf([{ edits: [...added, ...flags.edits], warnings: [] }])
  },
})

/**
 * vllm 0.32 config/kv_events.py. Each data-parallel rank adds its number to both ports, hence the gap of a hundred between
 * them.
 */
const configOf = (topic: string | undefined): JsonObject => ({
  enable_kv_cache_events: true,
  publisher: 'zmq',
  endpoint: 'tcp://*:5557',
  replay_endpoint: 'tcp://*:5657',
  ...(topic !== undefined && { topic }),
})

/**
 * `kv@<pod ip>:<port>@<model>` (llm-d guides/precise-prefix-cache-aware, 2026-08). vLLM takes any text, and our router goes
 * by the connection: without a known model there is none.
 */
function topicOf({ server }: VllmPod): string | undefined {
  if (server === undefined) return undefined
  const { servedModelNames, settings } = server.line
  const [model] = servedModelNames.kind === 'unknown' ? [] : servedModelNames.value
  if (model === undefined) return undefined
  const port = settings.port.kind === 'unknown' ? '' : `:${settings.port.value}`
  return `kv@${podIpMark}${port}@${model}`
}
