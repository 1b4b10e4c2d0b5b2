import { addEnv } from '../env.ts'
import { defineMutation, onlyEnabled, unneeded } from '../mutation.ts'
import { editing, leave, outcomeOf, quoted } from '../part.ts'

const id = 'nixl-host'
/** vllm 0.32 envs.py; its default is localhost, at which no other pod finds it. */
const name = 'VLLM_NIXL_SIDE_CHANNEL_HOST'

export const nixlHost = defineMutation({
  id,
  doc: `\`${name}\` from the pod's address, so that decode pods find the KV cache of prefill pods.`,
  optIn: { annotation: 'nixl-host', values: '`enabled`', check: onlyEnabled },
  apply({ object, vllm: { container } }) {
    const env = addEnv(object, container, { name, fieldPath: 'status.podIP' })
    switch (env.kind) {
      case 'present':
        return unneeded
      case 'other':
        return leave(id, `its own ${name} is ${quoted(env.shown)} and stays`)
      case 'edited':
        return outcomeOf([editing(env.edit)])
    }
  },
})
