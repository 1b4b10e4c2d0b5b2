import { labelPrefixes, type PlatformKind, platformOfLabel, platformsIn } from '../../src/eks/platforms.ts'
import { brief } from '../finding-text.ts'
import { type NodeAlternative, nodeAlternatives, wantsLabel } from '../node-constraints.ts'
import { defineRule } from '../rule.ts'

export const labelPrefix = defineRule({
  id: 'label-prefix',
  doc: 'A selector has a label of the other platform: Auto Mode has `eks.amazonaws.com/instance-`, Karpenter `karpenter.k8s.aws/instance-`, and node groups have neither. Unless somebody labels nodes so by hand, the pod waits for ever.',
  severity: 'advice',
  check({ pod, settings: { platform } }) {
    const foreign = nodeAlternatives(pod).map((expressions) => foreignKey(expressions, platform))
    const [first] = foreign
    if (first === undefined || foreign.includes(undefined)) return []
    return [`${brief(first, 54)}: ${adviceOn(platform)}`]
  },
})

/** A key that no node of the platform has; in a mixed cluster the second of two that no node has together. */
function foreignKey(expressions: NodeAlternative, platform: PlatformKind): string | undefined {
  const keys = expressions.filter(wantsLabel).map(({ key }) => key)
  const made = platformsIn(platform)
  const [first] = keys.flatMap((key) => platformOfLabel(key) ?? []).filter((owner) => made.includes(owner))
  return keys.find((key) => {
    const owner = platformOfLabel(key)
    return owner !== undefined && (!made.includes(owner) || owner !== first)
  })
}

function adviceOn(platform: PlatformKind): string {
  if (platform === 'node-groups') return 'node groups label instance-type only'
  if (platform === 'mixed') return 'no node has both prefixes'
  return `the prefix of ${platform} is ${labelPrefixes.find((one) => one.platform === platform)?.prefix}`
}
