import { choice, text, type Parsed } from '../config/field.ts'
import type { Problem } from '../errors.ts'
import type { Catalogue } from './catalogue.ts'
import {
  childOf,
  isMapping,
  itemsOf,
  openDocument,
  readAs,
  readOptional,
  report,
  type Place,
} from '../config/document.ts'
import type { FamilySupport } from './family-support.ts'
import { parseInstanceName } from './instance-name.ts'
import type { InstanceType } from './instance-types.ts'
import {
  figureKeys,
  readFigures,
  readInherited,
  readSourced,
  sourceKeys,
  type Figures,
  type Inherited,
} from './override-figures.ts'
import { singlePlatforms } from './platforms.ts'
import type { Sourced } from './sourced.ts'

/** What a user knows better than the shipped catalogue. */
export interface Overrides {
  readonly types: readonly TypeOverride[]
  readonly families: readonly FamilySupport[]
}

export type TypeOverride =
  | { readonly kind: 'added'; readonly row: InstanceType }
  | { readonly kind: 'changed'; readonly type: string; readonly figures: Figures; readonly sourced: Sourced }

export type OverridesFile =
  | { readonly ok: true; readonly overrides: Overrides }
  /** Every problem of the file, not only the first. */
  | { readonly ok: false; readonly problems: readonly Problem[] }

export const maxOverrideBytes = 256 * 1024
const maxEntries = 500

/**
 * Reads an override file, YAML or JSON: `source`, `date`, `types: [{type, ...figures}]` and
 * `families: [{platform, family, support, note?}]`. An entry may name a source and date of its own. A type that `base`
 * does not have needs `gpus`, `vCpus` and `memory`. Strict: unknown keys are problems, and so are types, or platforms with
 * families, that come twice, and a text of more than 256 KiB or 500 entries. `name` begins the paths of problems.
 */
export function parseOverrides(name: string, content: string, base: Catalogue): OverridesFile {
  if (Buffer.byteLength(content) > maxOverrideBytes) {
    const value = `${Buffer.byteLength(content)} bytes`
    return { ok: false, problems: [{ path: name, value, expected: `at most ${maxOverrideBytes} bytes` }] }
  }
  const problems: Problem[] = []
  const root = openDocument(name, content, problems)
  let overrides: Overrides = { types: [], families: [] }
  if (root !== undefined && isMapping(root, ['source', 'date', 'types', 'families'])) {
    const known = new Set(base.types.map(({ type }) => type))
    const context: Context = { inherited: readInherited(root), known, seen: new Map() }
    const types = entriesOf(root, 'types').map((place) => readType(place, context))
    const families = entriesOf(root, 'families').map((place) => readFamily(place, context))
    overrides = {
      types: types.filter((override) => override !== undefined),
      families: families.filter((row) => row !== undefined),
    }
  }
  return problems.length === 0 ? { ok: true, overrides } : { ok: false, problems }
}

/** The entries of a list that may be missing. */
function entriesOf(root: Place, key: string): readonly Place[] {
  const place = childOf(root, key)
  return place.raw === undefined ? [] : itemsOf(place, maxEntries)
}

/** `base` with the overrides: rows that are not named stay as they are, and where they stand. */
export function mergeOverrides(base: Catalogue, { types, families }: Overrides): Catalogue {
  const rows = new Map(base.types.map((row) => [row.type, row]))
  for (const override of types) {
    const type = override.kind === 'added' ? override.row.type : override.type
    const row = override.kind === 'added' ? override.row : changed(rows.get(type), override.figures, override.sourced)
    if (row !== undefined) rows.set(type, row)
  }
  const support = new Map([...base.families, ...families].map((row) => [`${row.platform} ${row.family}`, row]))
  return { types: [...rows.values()], families: [...support.values()] }
}

/** Price and allocatable name sources of their own, so they leave that of the row. */
function changed(row: InstanceType | undefined, figures: Figures, sourced: Sourced): InstanceType | undefined {
  if (row === undefined) return undefined
  const ofTheRow = Object.keys(figures).some((figure) => figure !== 'price' && figure !== 'allocatable')
  return { ...row, ...figures, ...(ofTheRow && sourced) }
}

interface Context {
  readonly inherited: Inherited
  readonly known: ReadonlySet<string>
  /** Where each name was first used. */
  readonly seen: Map<string, string>
}

function readType(place: Place, { inherited, known, seen }: Context): TypeOverride | undefined {
  if (!isMapping(place, ['type', ...sourceKeys, ...figureKeys])) return undefined
  const typePlace = childOf(place, 'type')
  const name = readAs(typePlace, parseType)
  const sourced = readSourced(place, inherited)
  const figures = readFigures(place, sourced)
  if (name === undefined) return undefined
  reportSecond(typePlace, name.type, seen)
  if (known.has(name.type)) return sourced && { kind: 'changed', type: name.type, figures, sourced }
  for (const key of ['gpus', 'vCpus', 'memory'])
    if (childOf(place, key).raw === undefined)
      report(childOf(place, key), 'a figure, as the catalogue has no such type')
  const { gpus, vCpus, memoryMiB } = figures
  if (sourced === undefined || gpus === undefined || vCpus === undefined || memoryMiB === undefined) return undefined
  return { kind: 'added', row: { ...unknownFigures, ...figures, ...name, gpus, vCpus, memoryMiB, ...sourced } }
}

const unknownFigures = {
  arch: 'amd64',
  gpuName: undefined,
  gpuMemoryMiB: undefined,
  allocatable: undefined,
  localNvmeGb: undefined,
  networkMbps: undefined,
  efas: undefined,
  mig: undefined,
  price: undefined,
} as const

const platform = choice(singlePlatforms, { default: 'auto-mode', doc: 'What makes the nodes.' })
const support = choice(['listed', 'unlisted'], { default: 'listed', doc: 'Whether it makes nodes of the family.' })
const note = text({ default: undefined, doc: 'What was seen.' })

function readFamily(place: Place, { inherited, seen }: Context): FamilySupport | undefined {
  if (!isMapping(place, ['platform', 'family', 'support', 'note', ...sourceKeys])) return undefined
  const row = {
    platform: readAs(childOf(place, 'platform'), platform.parse),
    family: readAs(childOf(place, 'family'), parseFamily),
    support: readAs(childOf(place, 'support'), support.parse),
  }
  const remark = readOptional(place, 'note', note)
  const sourced = readSourced(place, inherited)
  if (row.platform === undefined || row.family === undefined || row.support === undefined) return undefined
  reportSecond(childOf(place, 'family'), `${row.platform} ${row.family}`, seen)
  if (sourced === undefined) return undefined
  const outcome = row.support === 'listed' ? 'works' : 'fails'
  const reports = remark === undefined ? [] : [{ outcome, text: remark, ...sourced } as const]
  return { platform: row.platform, family: row.family, support: row.support, reports, ...sourced }
}

function reportSecond(place: Place, name: string, seen: Map<string, string>): void {
  const first = seen.get(name)
  if (first === undefined) seen.set(name, place.path)
  else report(place, `one that is not used before, as ${first} does`)
}

function parseType(raw: unknown): Parsed<Pick<InstanceType, 'type' | 'category' | 'family'>> {
  const name = typeof raw === 'string' ? parseInstanceName(raw) : undefined
  return name === undefined || typeof raw !== 'string'
    ? { ok: false, expected: 'an instance type such as "p5.48xlarge"' }
    : { ok: true, value: { type: raw, category: name.category, family: name.family } }
}

function parseFamily(raw: unknown): Parsed<string> {
  return typeof raw === 'string' && parseInstanceName(`${raw}.large`) !== undefined
    ? { ok: true, value: raw }
    : { ok: false, expected: 'an instance family such as "p5en"' }
}
