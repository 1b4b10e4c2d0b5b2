import { featureSupport } from '../../src/eks/feature-support.ts'
import { brief, cite } from '../finding-text.ts'
import { gpuRequestsOf } from '../gpu-request.ts'
import { nodeChoice } from '../node-choice.ts'
import { defineRule } from '../rule.ts'

export const mig = defineRule({
  id: 'mig',
  doc: 'The pod asks for MIG slices on a platform that makes none, or its selectors leave only GPUs that cannot be cut.',
  severity: 'refuse',
  check({ pod, settings: { catalogue, platform } }) {
    const requests = [...pod.containers, ...pod.initContainers].flatMap(gpuRequestsOf)
    const slice = requests.find((request) => request.kind === 'mig')
    if (slice?.kind !== 'mig') return []
    const resource = brief(slice.resource, 30)
    const rows = featureSupport(platform, 'mig')
    const [row] = rows
    if (row !== undefined && rows.every(({ support }) => support === 'no'))
      return [`${resource}: no MIG on ${platform} (${cite(row)})`]
    const { types, open } = nodeChoice(pod, catalogue)
    if (open || types.length === 0 || types.some((type) => type.mig !== false)) return []
    const families = [...new Set(types.map(({ family }) => family))].join(', ')
    return [`${resource}: the GPUs of ${brief(families, 30)} have no MIG`]
  },
})
