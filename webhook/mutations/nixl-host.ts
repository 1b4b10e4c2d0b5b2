import { addsVariable } from '../env-mutation.ts'
import { defineMutation, onlyEnabled } from '../mutation.ts'

const id = 'nixl-host'
/** vllm 0.32 envs.py; its default is localhost, at which no other pod finds it. */
const name = 'VLLM_NIXL_SIDE_CHANNEL_HOST'

export const nixlHost = defineMutation({
  id,
  doc: `\`${name}\` from the pod's address, so that decode pods find the KV cache of prefill pods.`,
  optIn: { annotation: 'nixl-host', values: '`enabled`', check: onlyEnabled },
  apply: addsVariable(id, { name, fieldPath: 'status.podIP' }),
})
