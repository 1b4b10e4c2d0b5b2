import { put, specAt } from '../container-edits.ts'
import { defineMutation, onlyEnabled, unneeded } from '../mutation.ts'
import { editing, outcomeOf } from '../part.ts'

export const serviceLinks = defineMutation({
  id: 'service-links',
  doc:
    '`enableServiceLinks: false`: a Service named `vllm` would otherwise put `VLLM_PORT=tcp://...` into the container, ' +
    'and vLLM ends with a ValueError.',
  optIn: { annotation: 'service-links', values: '`enabled`', check: onlyEnabled },
  apply({ pod, object }) {
    if (pod.enableServiceLinks === false) return unneeded
    // A `true` is the API server's own default here (kubernetes v1.36 pkg/apis/core/v1/defaults.go SetDefaults_Pod).
    return outcomeOf([editing(put(['spec', 'enableServiceLinks'], specAt(object, 'enableServiceLinks'), false))])
  },
})
