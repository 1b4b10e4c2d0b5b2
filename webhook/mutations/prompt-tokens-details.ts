import { addFlags } from '../flags.ts'
import { defineMutation, onlyEnabled, unneeded } from '../mutation.ts'
import { leave, outcomeOf } from '../part.ts'

const id = 'prompt-tokens-details'

export const promptTokensDetails = defineMutation({
  id,
  doc: '`--enable-prompt-tokens-details`: answers say how many prompt tokens came from the cache, from which the router learns.',
  optIn: { annotation: 'prompt-tokens-details', values: '`enabled`', check: onlyEnabled },
  apply({ object, vllm }) {
    const flags = addFlags(object, vllm, [{ flag: '--enable-prompt-tokens-details', value: 'toggle' }])
    if (flags.kind === 'left') return leave(id, flags.why)
    if (flags.kind === 'edited') return outcomeOf([{ edits: flags.edits, warnings: [] }])
    const setting = vllm.server?.line.settings.enablePromptTokensDetails
    return setting?.kind === 'given' && !setting.value ? leave(id, 'its own command line turns them off') : unneeded
  },
})
