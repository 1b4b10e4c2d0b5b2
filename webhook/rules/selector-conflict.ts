import { brief } from '../finding-text.ts'
import { contradiction } from '../node-constraints.ts'
import { defineRule } from '../rule.ts'

export const selectorConflict = defineRule({
  id: 'selector-conflict',
  doc: 'nodeSelector and required node affinity ask for different values of one label, which no node can have.',
  severity: 'refuse',
  check({ pod }) {
    const key = contradiction(pod)
    return key === undefined ? [] : [`no node satisfies what nodeSelector and affinity say of ${brief(key, 56)}`]
  },
})
