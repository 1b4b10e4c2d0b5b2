import { familySupportRows, type FamilySupport } from './family-support.ts'
import type { InstanceType } from './instance-types.ts'
import { gInstanceTypes } from './instances-g.ts'
import { pInstanceTypes } from './instances-p.ts'
import { platformsIn, type PlatformKind } from './platforms.ts'

/** What is known of instance types and of the platforms that make them: the shipped one, or a user's on top of it. */
export interface Catalogue {
  /** No type twice. */
  readonly types: readonly InstanceType[]
  /** No platform and family twice. */
  readonly families: readonly FamilySupport[]
}

/** Every type of the categories g, gr and p that Karpenter 1.14 lists with an NVIDIA GPU, and p6e-gb200. */
export const shippedCatalogue: Catalogue = {
  types: [...gInstanceTypes, ...pInstanceTypes],
  families: familySupportRows,
}

/** One row for each platform of the kind that has one; a missing row is unknown. */
export function familySupport(catalogue: Catalogue, kind: PlatformKind, family: string): readonly FamilySupport[] {
  const platforms = platformsIn(kind)
  return catalogue.families.filter((row) => row.family === family && platforms.includes(row.platform))
}
