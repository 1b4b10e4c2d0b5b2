import { fit, shortfallsOf } from '../../src/eks/fit.ts'
import { showShortfalls } from '../fit-text.ts'
import { canHold, nodeChoice } from '../node-choice.ts'
import { podNeeds } from '../pod-resources.ts'
import { defineRule } from '../rule.ts'

export const allocatable = defineRule({
  id: 'allocatable',
  doc: 'The machine is large enough, but not what is left of it for pods after kubelet and hypervisor, by the figures of Karpenter. Ask for less or allow a larger type.',
  severity: 'advice',
  check({ pod, settings: { catalogue, platform } }) {
    const { types, open } = nodeChoice(pod, catalogue)
    const needs = podNeeds(pod)
    if (open || !types.some((type) => canHold(type, needs))) return []
    const isUnclear = types.some((type) => shortfallsOf(type, needs).every(({ available }) => available === undefined))
    if (isUnclear) return []
    const found = fit(catalogue, needs, { platform, types: types.map(({ type }) => type) })
    return found.kind === 'too-small'
      ? [`nearest type ${found.nearest.type} offers ${showShortfalls(found.shortfalls)}`]
      : []
  },
})
