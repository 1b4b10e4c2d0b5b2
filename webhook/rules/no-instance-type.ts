import type { Catalogue } from '../../src/eks/catalogue.ts'
import { fit, type Needs } from '../../src/eks/fit.ts'
import type { InstanceType } from '../../src/eks/instance-types.ts'
import { brief, count } from '../finding-text.ts'
import { showShortfalls } from '../fit-text.ts'
import { canHold, nodeChoice } from '../node-choice.ts'
import { contradiction, instanceFact, nodeAlternatives } from '../node-constraints.ts'
import { podNeeds } from '../pod-resources.ts'
import type { PodView } from '../pod-view.ts'
import { defineRule } from '../rule.ts'

export const noInstanceType = defineRule({
  id: 'no-instance-type',
  doc: 'No instance type of the catalogue that the selectors allow has as many GPUs and EFA devices, or as much CPU and memory, as the pod asks for. `--catalogue-file` adds types.',
  severity: 'refuse',
  check({ pod, settings: { catalogue } }) {
    const { types, open } = nodeChoice(pod, catalogue)
    if (open || contradiction(pod) !== undefined) return []
    if (types.length === 0) return [`no instance type has ${selectorsOf(pod)}`]
    const needs = podNeeds(pod)
    return types.some((type) => canHold(type, needs)) ? [] : [tell(catalogue, needs, types)]
  },
})

function tell(catalogue: Catalogue, needs: Needs, types: readonly InstanceType[]): string {
  const found = fit(catalogue, needs, { types: types.map(({ type }) => type) })
  if (found.kind !== 'too-small') return `no allowed instance type has ${count(needs.gpus, 'GPU')}`
  const { nearest, shortfalls, elsewhere } = found
  const other = elsewhere === undefined ? '' : `; ${elsewhere.type} would do`
  return `nearest type ${nearest.type} has ${showShortfalls(shortfalls)}${other}`
}

function selectorsOf(pod: PodView): string {
  const expressions = (nodeAlternatives(pod)[0] ?? []).filter(({ key }) => instanceFact(key) !== undefined)
  const facts = expressions.map(({ key, operator, values }) => {
    const relation = operator === 'In' ? '' : `${operator} `
    return `${instanceFact(key)} ${relation}${values.join('|')}`
  })
  return brief(facts.join(' and '), 74)
}
