import fc from 'fast-check'
import t from 'tap'
import { stringify } from 'yaml'
import { familySupport, shippedCatalogue, type Catalogue } from '../../../src/eks/catalogue.ts'
import { fit } from '../../../src/eks/fit.ts'
import { maxOverrideBytes, mergeOverrides, parseOverrides, type Overrides } from '../../../src/eks/overrides.ts'
import { formatProblem } from '../../../src/errors.ts'

/** Problems as a user reads them. */
const problemsOf = (text: string): readonly string[] => {
  const file = parseOverrides('c.yaml', text, shippedCatalogue)
  return file.ok ? [] : file.problems.map(formatProblem)
}

/** Overrides of a text without problems. */
const overridesOf = (text: string): Overrides => {
  const file = parseOverrides('c.yaml', text, shippedCatalogue)
  if (!file.ok) throw new Error(file.problems.map(formatProblem).join('\n'))
  return file.overrides
}

const typeNamed = ({ types }: Catalogue, name: string) => types.filter(({ type }) => type === name)

const example = `
source: price list of our account
date: 2026-11-20
types:
  - {type: p5e.48xlarge, usdPerHour: 39.8, region: eu-west-1}
  - {type: p5.48xlarge, efas: 16, source: our launch template, date: 2026-11-01}
  - {type: g8.2xlarge, gpus: 1, gpuName: l5, gpuMemory: 48Gi, vCpus: 8, memory: 64Gi, mig: false, usdPerHour: 2.1,
     allocatableCpuMilli: 7910, allocatableMemory: 57Gi, localNvmeGb: 450, networkMbps: 10000, efas: 0, arch: amd64}
families:
  - {platform: auto-mode, family: g7, support: listed, note: seen in eu-west-1}
  - {platform: karpenter, family: g8, support: unlisted}
`
const merged = mergeOverrides(shippedCatalogue, overridesOf(example))

t.test('mergeOverrides() changes a price and names where it is from', async (t) => {
  const sourced = { source: 'price list of our account', date: '2026-11-20' }
  const [before] = typeNamed(shippedCatalogue, 'p5e.48xlarge')
  t.strictSame(typeNamed(merged, 'p5e.48xlarge'), [
    { ...before, price: { usdPerHour: 39.8, region: 'eu-west-1', ...sourced } },
  ])
})

t.test('mergeOverrides() changes a figure, and the row is then of the source of the entry', async (t) => {
  t.match(typeNamed(merged, 'p5.48xlarge'), [
    { efas: 16, gpus: 8, source: 'our launch template', date: '2026-11-01', price: { usdPerHour: 55.04 } },
  ])
})

t.test('mergeOverrides() adds a type that fits like any other', async (t) => {
  const found = fit(merged, { gpus: 1, gpuName: 'l5', cpuMilli: 7910, memoryMiB: 57 * 1024 }, { categories: ['g'] })
  t.match(found, { kind: 'fits', cheapest: { type: 'g8.2xlarge', family: 'g8', price: { region: 'us-east-1' } } })
})

t.test('mergeOverrides() adds a type with every figure that is given', async (t) => {
  const sourced = { source: 'price list of our account', date: '2026-11-20' }
  t.strictSame(typeNamed(merged, 'g8.2xlarge'), [
    {
      ...{ type: 'g8.2xlarge', category: 'g', family: 'g8', arch: 'amd64', gpuName: 'l5', gpus: 1 },
      ...{
        gpuMemoryMiB: 49_152,
        vCpus: 8,
        memoryMiB: 65_536,
        localNvmeGb: 450,
        networkMbps: 10_000,
        efas: 0,
        mig: false,
      },
      allocatable: { cpuMilli: 7910, memoryMiB: 58_368, ...sourced },
      price: { usdPerHour: 2.1, region: 'us-east-1', ...sourced },
      ...sourced,
    },
  ])
})

t.test('mergeOverrides() adds a type of which only GPUs, CPUs and memory are known', async (t) => {
  const few = 'source: s\ndate: 2026-11-20\ntypes: [{type: g9.large, gpus: 1, vCpus: 2, memory: 8Gi}]'
  t.match(typeNamed(mergeOverrides(shippedCatalogue, overridesOf(few)), 'g9.large'), [
    {
      arch: 'amd64',
      efas: undefined,
      price: undefined,
      allocatable: undefined,
      gpuMemoryMiB: undefined,
      category: 'g',
    },
  ])
})

t.test('mergeOverrides() changes what platforms support', async (t) => {
  t.match(familySupport(merged, 'auto-mode', 'g7'), [
    { support: 'listed', reports: [{ outcome: 'works', text: 'seen in eu-west-1' }] },
  ])
  t.equal(fit(shippedCatalogue, { gpus: 1 }, { platform: 'auto-mode', families: ['g7'] }).kind, 'nothing-allowed')
  t.equal(fit(merged, { gpus: 1 }, { platform: 'auto-mode', families: ['g7'] }).kind, 'fits')
  t.equal(fit(merged, { gpus: 1 }, { platform: 'karpenter', families: ['g8'] }).kind, 'nothing-allowed')
})

for (const text of ['{}', 'source: s', 'types: []\nfamilies: []']) {
  t.test(`parseOverrides() allows a file that overrides nothing: ${JSON.stringify(text)}`, async (t) => {
    t.strictSame(overridesOf(text), { types: [], families: [] })
    t.strictSame(mergeOverrides(shippedCatalogue, overridesOf(text)), shippedCatalogue)
  })
}

const type = (entry: string) => `source: s\ndate: 2026-11-20\ntypes: [${entry}]`
const family = (entry: string) => `source: s\ndate: 2026-11-20\nfamilies: [${entry}]`
const newType = 'a figure, as the catalogue has no such type'

const mistakes: readonly [string, string, readonly (string | RegExp)[]][] = [
  ['nothing at all', '', ['c.yaml: got null, expected a mapping with source, date, types, families']],
  [
    'an unknown key',
    'type: []',
    ['c.yaml:type: got an unknown key, expected one of source, date, types, families (did you mean types?)'],
  ],
  ['a list that is none', 'types: {}', ['c.yaml:types: got {}, expected a list of at most 500 entries']],
  [
    'a type that is only a name',
    type('p5.48xlarge'),
    [/^c\.yaml:types\[0\]: got "p5\.48xlarge", expected a mapping with type, /],
  ],
  [
    'a figure without source and day',
    'types: [{type: p5.48xlarge, efas: 1}]',
    [
      'c.yaml:types[0].source: got nothing, expected a source of the figures, here or at the top of the file',
      'c.yaml:types[0].date: got nothing, expected a date of the figures, here or at the top of the file',
    ],
  ],
  [
    'a day that does not exist',
    'date: 2026-02-30',
    ['c.yaml:date: got "2026-02-30", expected a day such as "2026-08-21"'],
  ],
  [
    'a name that is no type',
    type('{type: p5}'),
    ['c.yaml:types[0].type: got "p5", expected an instance type such as "p5.48xlarge"'],
  ],
  [
    'a new type without figures',
    type('{type: g9.large}'),
    [
      `c.yaml:types[0].gpus: got nothing, expected ${newType}`,
      `c.yaml:types[0].vCpus: got nothing, expected ${newType}`,
      `c.yaml:types[0].memory: got nothing, expected ${newType}`,
    ],
  ],
  [
    'a figure out of range',
    type('{type: p5.48xlarge, gpus: -1}'),
    ['c.yaml:types[0].gpus: got -1, expected a whole number, at least 0 and at most 64'],
  ],
  [
    'memory without a unit that could be MiB',
    type('{type: p5.48xlarge, gpuMemory: 81920}'),
    ['c.yaml:types[0].gpuMemory: got 81920, expected a size such as "64Ki" or "20Mi", at least 1Mi and at most 1024Ti'],
  ],
  [
    'half of what is allocatable',
    type('{type: p5.48xlarge, allocatableCpuMilli: 1000}'),
    ['c.yaml:types[0].allocatableMemory: got nothing, expected one, as allocatableCpuMilli is given'],
  ],
  [
    'a region without a price',
    type('{type: p5.48xlarge, region: eu-west-1}'),
    ['c.yaml:types[0].usdPerHour: got nothing, expected a price, as region is given'],
  ],
  [
    'a type twice',
    type('{type: p5.48xlarge, efas: 1}, {type: p5.48xlarge, efas: 2}'),
    ['c.yaml:types[1].type: got "p5.48xlarge", expected one that is not used before, as c.yaml:types[0].type does'],
  ],
  [
    'a family twice on one platform',
    family('{platform: karpenter, family: g7, support: listed}, {platform: karpenter, family: g7, support: unlisted}'),
    ['c.yaml:families[1].family: got "g7", expected one that is not used before, as c.yaml:families[0].family does'],
  ],
  [
    'a family on a mixed platform',
    family('{platform: mixed, family: p5.48xlarge, support: yes}'),
    [
      'c.yaml:families[0].platform: got "mixed", expected one of auto-mode, karpenter, node-groups',
      'c.yaml:families[0].family: got "p5.48xlarge", expected an instance family such as "p5en"',
      'c.yaml:families[0].support: got "yes", expected one of listed, unlisted',
    ],
  ],
  ['broken YAML', 'types:\n  - type: p5\n    type: p6\n', [/^c\.yaml:3: got broken YAML, expected YAML 1\.2 \(/]],
  ['aliases that lead nowhere', 'types: *nowhere', [/aliases that resolve/]],
  [
    '501 types',
    `types: [${Array(501).fill('{}').join(', ')}]`,
    [/^c\.yaml:types: got .*, expected a list of at most 500 entries$/s],
  ],
  [
    'a text of more than 256 KiB',
    `# ${'x'.repeat(maxOverrideBytes)}`,
    [`c.yaml: got ${maxOverrideBytes + 2} bytes, expected at most 262144 bytes`],
  ],
]

for (const [what, text, problems] of mistakes) {
  t.test(`parseOverrides() refuses ${what}, with path, value and what was expected`, async (t) => {
    t.match(problemsOf(text), problems)
    t.equal(problemsOf(text).length, problems.length)
  })
}

t.test('parseOverrides() refuses aliases that multiply', async (t) => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
  t.match(problemsOf(['l0: &l0 [a]', ...levels].join('\n')), [/aliases that resolve/])
})

t.test('parseOverrides() names the mistakes of every part of the file in one go', async (t) => {
  const text = 'date: soon\ntypes: [{type: p5.48xlarge, efas: x, efa: 1}]\nfamilies: [{platform: karpenter}]'
  t.equal(problemsOf(text).length, 7)
})

t.test('a mistake in the day of the file is not reported again for each entry', async (t) => {
  t.equal(
    problemsOf('source: s\ndate: soon\ntypes: [{type: p5.48xlarge, efas: 1}, {type: p4d.24xlarge, efas: 1}]').length,
    1,
  )
})

const names = [...shippedCatalogue.types.slice(0, 4).map((row) => row.type), 'g9.large', 'p9-x1.48xlarge']
const entryOf = fc.record({
  type: fc.constantFrom(...names),
  gpus: fc.integer({ min: 0, max: 64 }),
  vCpus: fc.integer({ min: 1, max: 512 }),
  memory: fc.integer({ min: 1, max: 4096 }).map((count) => `${count}Gi`),
  usdPerHour: fc.integer({ min: 0, max: 500 }),
})
const fileOf = fc
  .record({
    source: fc.constantFrom('a', 'b'),
    types: fc.uniqueArray(entryOf, { selector: (entry) => entry.type }),
    families: fc.uniqueArray(
      fc.record({
        platform: fc.constantFrom('auto-mode', 'karpenter'),
        family: fc.constantFrom('g7', 'p9'),
        support: fc.constantFrom('listed', 'unlisted'),
      }),
      { selector: (entry) => `${entry.platform} ${entry.family}` },
    ),
  })
  .map((file) => overridesOf(stringify({ date: '2026-11-20', ...file })))

t.test('mergeOverrides() twice is mergeOverrides() once', async (t) => {
  fc.assert(
    fc.property(fileOf, (overrides) => {
      const once = mergeOverrides(shippedCatalogue, overrides)
      t.strictSame(mergeOverrides(once, overrides), once)
    }),
    { numRuns: 50 },
  )
})

t.test('mergeOverrides() leaves alone what is not named, and never makes a row twice', async () => {
  fc.assert(
    fc.property(fileOf, (overrides) => {
      const { types, families } = mergeOverrides(shippedCatalogue, overrides)
      const named = new Set(overrides.types.map((one) => (one.kind === 'added' ? one.row.type : one.type)))
      const kept = shippedCatalogue.types.filter((row) => !named.has(row.type))
      return (
        kept.every((row) => types.includes(row)) &&
        new Set(types.map((row) => row.type)).size === types.length &&
        new Set(families.map((row) => `${row.platform} ${row.family}`)).size === families.length &&
        [...named].every((name) => types.some((row) => row.type === name))
      )
    }),
  )
})

t.test('of two overrides that give the same figures, the later holds', async (t) => {
  fc.assert(
    fc.property(fileOf, fileOf, (first, second) => {
      const all = mergeOverrides(mergeOverrides(shippedCatalogue, first), second)
      const only = mergeOverrides(shippedCatalogue, second)
      for (const one of second.types) {
        const name = one.kind === 'added' ? one.row.type : one.type
        t.strictSame(typeNamed(all, name), typeNamed(only, name))
      }
    }),
    { numRuns: 50 },
  )
})
