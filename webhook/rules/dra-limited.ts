import { featureSupport } from '../../src/eks/feature-support.ts'
import { brief, cite } from '../finding-text.ts'
import { defineRule } from '../rule.ts'

export const draLimited = defineRule({
  id: 'dra-limited',
  doc: 'The pod has a resource claim, and the platform allocates none, or only on nodes that exist already: Karpenter makes no node for a pod with claims.',
  severity: 'advice',
  check({ pod, vllm, settings: { platform } }) {
    if (pod.resourceClaims.length === 0) return []
    const rows = featureSupport(platform, 'dra')
    const isRefused = vllm.gpus.every(({ kind }) => kind === 'claims') && rows.every(({ support }) => support === 'no')
    const row = rows.find(({ support }) => support === 'partly') ?? rows.find(({ support }) => support === 'no')
    if (isRefused || row === undefined) return []
    const claim = brief(pod.resourceClaims[0] ?? '', 16)
    return row.support === 'no'
      ? [`claim ${claim}: ${row.platform} allocates none (${cite(row)})`]
      : [`claim ${claim}: ${row.platform} makes no node for it, only static capacity has some (${row.date})`]
  },
})
