import { type Catalogue, familySupport } from '../../src/eks/catalogue.ts'
import type { FamilySupport } from '../../src/eks/family-support.ts'
import { type PlatformKind, platformsIn } from '../../src/eks/platforms.ts'
import { brief, cite } from '../finding-text.ts'
import { nodeChoice } from '../node-choice.ts'
import { defineRule } from '../rule.ts'

export const unsupportedType = defineRule({
  id: 'unsupported-type',
  doc: 'The platform does not list any of the instance types, families or GPUs that the selectors allow. The finding names the list and its day; `--catalogue-file` corrects it.',
  severity: 'advice',
  check({ pod, settings: { catalogue, platform } }) {
    const { types, open } = nodeChoice(pod, catalogue)
    if (open || types.length === 0) return []
    const families = [...new Set(types.map(({ family }) => family))]
    const rows = families.map((family) => unlisted(catalogue, platform, family))
    const [row] = rows
    if (row === undefined || rows.includes(undefined)) return []
    return [`${brief(families.join(', '), 30)} not listed for ${row.platform} (${cite(row)})`]
  },
})

/** A row that says so, if every platform of the cluster has one. */
function unlisted(catalogue: Catalogue, platform: PlatformKind, family: string): FamilySupport | undefined {
  const rows = familySupport(catalogue, platform, family)
  const isNowhere = rows.length === platformsIn(platform).length && rows.every(({ support }) => support === 'unlisted')
  return isNowhere ? rows[0] : undefined
}
