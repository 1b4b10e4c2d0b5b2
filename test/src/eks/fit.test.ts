import fc from 'fast-check'
import t from 'tap'
import { allocatableOf } from '../../../src/eks/allocatable.ts'
import { shippedCatalogue, type Catalogue } from '../../../src/eks/catalogue.ts'
import { fit, shortfallsOf, type Allowed, type Needs } from '../../../src/eks/fit.ts'
import type { InstanceType } from '../../../src/eks/instance-types.ts'

const eightGpus: Needs = { gpus: 8 }
const p = { platform: 'auto-mode', categories: ['p'] } as const

/** The outcome in one line. */
function told(needs: Needs, allowed: Allowed, catalogue: Catalogue = shippedCatalogue): string {
  const found = fit(catalogue, needs, allowed)
  switch (found.kind) {
    case 'fits':
      return found.cheapest.type
    case 'too-small':
      return `${found.nearest.type} lacks ${found.shortfalls.map(({ resource }) => resource).join(', ')}`
    case 'nothing-allowed':
      return `nothing, elsewhere ${found.elsewhere?.type}`
  }
}

const cases: readonly [string, Needs, Allowed, string][] = [
  ['the cheapest with 8 GPUs of category p', eightGpus, p, 'p4d.24xlarge'],
  ['the cheapest with one GPU of category p', { gpus: 1 }, p, 'p5.4xlarge'],
  ['an H100 node by its name', { gpus: 8, gpuName: 'h100' }, p, 'p5.48xlarge'],
  ['an H200 node with 16 EFA devices and a known price', { gpus: 8, efas: 16, gpuName: 'h200' }, p, 'p5en.48xlarge'],
  [
    'a node for 300 GiB of memory',
    { gpus: 1, memoryMiB: 300 * 1024, arch: 'amd64' },
    { categories: ['g'] },
    'g6.24xlarge',
  ],
  [
    'g6.2xlarge where 16 Gi of memory do not fit g6.xlarge',
    { gpus: 1, memoryMiB: 16_384 },
    { families: ['g6'] },
    'g6.2xlarge',
  ],
  [
    'gr6 only where its category is named',
    { gpus: 1, cpuMilli: 8000, memoryMiB: 110_000 },
    { categories: ['gr'] },
    'gr6.4xlarge',
  ],
  [
    'the GPU memory that 80 GB models need',
    { gpus: 1, gpuMemoryMiB: 90_000 },
    { platform: 'auto-mode' },
    'g7e.2xlarge',
  ],
  ['a MIG node, on Karpenter', { gpus: 0, mig: true }, { platform: 'karpenter', categories: ['p'] }, 'p5.4xlarge'],
  ['a MIG node of a mixed cluster', { gpus: 0, mig: true }, { platform: 'mixed', categories: ['p'] }, 'p5.4xlarge'],
  ['a type of unknown price where no other is allowed', eightGpus, { types: ['p5e.48xlarge'] }, 'p5e.48xlarge'],
  [
    'the next type where the cheapest is excluded',
    eightGpus,
    { ...p, excludedTypes: ['p4d.24xlarge'] },
    'p4de.24xlarge',
  ],
  ['the next family where the cheapest is excluded', { gpus: 1 }, { ...p, excludedFamilies: ['p5'] }, 'p4d.24xlarge'],
  ['arm64 only where it is asked for', { gpus: 1, arch: 'arm64' }, {}, 'g5g.xlarge'],
  [
    'g7e where g7 needs an AMI of its own',
    { gpus: 2, gpuMemoryMiB: 30_000 },
    { platform: 'karpenter', families: ['g7', 'g7e'] },
    'g7e.12xlarge',
  ],
  ['one of two GPU models by a selector', { gpus: 8 }, { ...p, gpuNames: ['h200', 'h100'] }, 'p5.48xlarge'],
  [
    'a node whose GPU has no known name',
    { gpus: 4 },
    { families: ['p6e-gb200'], gpuNames: ['gb200'] },
    'nothing, elsewhere g4dn.12xlarge',
  ],
  ['too many GPUs for any node', { gpus: 9 }, p, 'p4d.24xlarge lacks gpus'],
  [
    'more memory than p5 leaves to pods',
    { gpus: 8, memoryMiB: 2_000_000 },
    { families: ['p5'] },
    'p5.48xlarge lacks memoryMiB',
  ],
  ['more CPUs than any has left', { gpus: 8, cpuMilli: 192_000 }, p, 'p5.48xlarge lacks cpuMilli'],
  ['more EFA devices than p4d has', { gpus: 8, efas: 32 }, { types: ['p4d.24xlarge'] }, 'p4d.24xlarge lacks efas'],
  [
    'a GPU that no allowed type has',
    { gpus: 1, gpuName: 'l40s' },
    { types: ['p5.4xlarge'] },
    'p5.4xlarge lacks gpuName',
  ],
  [
    'EFA devices of the UltraServer, whose number is unknown',
    { gpus: 4, efas: 1 },
    { families: ['p6e-gb200'] },
    'p6e-gb200.36xlarge lacks efas',
  ],
  ['a MIG node of Auto Mode', { gpus: 0, mig: true }, p, 'nothing, elsewhere g7.2xlarge'],
  ['the UltraServer on Auto Mode', { gpus: 4 }, { ...p, families: ['p6e-gb200'] }, 'nothing, elsewhere g4dn.12xlarge'],
  ['a family that is not in the catalogue', { gpus: 99 }, { families: ['p9'] }, 'nothing, elsewhere undefined'],
]

for (const [what, needs, allowed, outcome] of cases) {
  t.test(`fit() answers "${outcome}" to ${what}`, async (t) => {
    t.equal(told(needs, allowed), outcome)
  })
}

t.test('fit() takes for nearest what lacks one thing by much over what lacks two by little', async (t) => {
  const needs = { gpus: 1, cpuMilli: 3950, memoryMiB: 15_000, gpuMemoryMiB: 22_888 }
  t.equal(told(needs, { types: ['g5.xlarge', 'g4dn.16xlarge'] }), 'g4dn.16xlarge lacks gpuMemoryMiB')
})

t.test('fit() says how much is lacking, and which type elsewhere would do', async (t) => {
  t.match(fit(shippedCatalogue, { gpus: 8 }, { categories: ['gr'] }), {
    kind: 'too-small',
    shortfalls: [{ resource: 'gpus', needed: 8, available: 1 }],
    elsewhere: { type: 'g4dn.metal' },
  })
})

const count = (max: number) => fc.option(fc.integer({ min: 0, max }), { nil: undefined })
const needsOf: fc.Arbitrary<Needs> = fc
  .record({
    gpus: fc.integer({ min: 0, max: 10 }),
    efas: count(33),
    cpuMilli: count(200_000),
    memoryMiB: count(2 ** 22),
  })
  .chain(({ gpus, ...rest }) =>
    fc
      .record({ gpuMemoryMiB: count(300_000), mig: fc.boolean(), gpuName: fc.constantFrom('h100', 'l4', undefined) })
      .map((more) => ({ gpus, ...withoutUndefined({ ...rest, ...more }) })),
  )
const allowedOf: fc.Arbitrary<Allowed> = fc
  .record({
    platform: fc.constantFrom(
      'auto-mode' as const,
      'karpenter' as const,
      'node-groups' as const,
      'mixed' as const,
      undefined,
    ),
    categories: fc.option(fc.subarray(['g', 'gr', 'p']), { nil: undefined }),
    excludedFamilies: fc.option(fc.subarray(['g5', 'p5', 'g6e']), { nil: undefined }),
  })
  .map(withoutUndefined)
const typeOf = fc
  .record({ base: fc.constantFrom(...shippedCatalogue.types), gpus: count(16), usdPerHour: count(100) })
  .map(({ base, gpus, usdPerHour }): InstanceType => ({
    ...base,
    type: `${base.family}.new`,
    gpus: gpus ?? base.gpus,
    price: usdPerHour === undefined ? undefined : { usdPerHour, region: 'x', source: 'x', date: 'x' },
  }))

t.test('what fit() finds has all that is needed, cheapest first', async () => {
  fc.assert(
    fc.property(needsOf, allowedOf, (needs, allowed) => {
      const found = fit(shippedCatalogue, needs, allowed)
      if (found.kind !== 'fits') return true
      const prices = found.types.map(({ price }) => price?.usdPerHour ?? Infinity)
      return (
        found.types[0] === found.cheapest &&
        prices.every((price, index) => price >= (prices[index - 1] ?? 0)) &&
        found.types.every(
          (type) =>
            type.gpus >= needs.gpus &&
            (type.efas ?? 0) >= (needs.efas ?? 0) &&
            allocatableOf(type).cpuMilli >= (needs.cpuMilli ?? 0) &&
            allocatableOf(type).memoryMiB >= (needs.memoryMiB ?? 0) &&
            (type.gpuMemoryMiB ?? 0) >= (needs.gpuMemoryMiB ?? 0) &&
            (needs.gpuName === undefined || type.gpuName === needs.gpuName) &&
            (needs.mig !== true || type.mig === true) &&
            (allowed.categories?.includes(type.category) ?? true) &&
            !allowed.excludedFamilies?.includes(type.family),
        )
      )
    }),
  )
})

t.test('fit() finds as much and no dearer after a type is added', async () => {
  fc.assert(
    fc.property(needsOf, allowedOf, typeOf, (needs, allowed, added) => {
      const before = fit(shippedCatalogue, needs, allowed)
      const after = fit({ ...shippedCatalogue, types: [...shippedCatalogue.types, added] }, needs, allowed)
      if (before.kind !== 'fits') return true
      return (
        after.kind === 'fits' &&
        before.types.every((type) => after.types.includes(type)) &&
        (after.cheapest.price?.usdPerHour ?? Infinity) <= (before.cheapest.price?.usdPerHour ?? Infinity)
      )
    }),
  )
})

t.test('fit() does not depend on the order of the catalogue', async () => {
  const shuffled = fc.shuffledSubarray([...shippedCatalogue.types], { minLength: shippedCatalogue.types.length })
  fc.assert(
    fc.property(needsOf, allowedOf, shuffled, (needs, allowed, types) => {
      return told(needs, allowed, { ...shippedCatalogue, types }) === told(needs, allowed)
    }),
  )
})

t.test('fit() says of what does not fit that something is lacking, and nothing of what does', async () => {
  fc.assert(
    fc.property(needsOf, allowedOf, (needs, allowed) => {
      const found = fit(shippedCatalogue, needs, allowed)
      if (found.kind === 'too-small') return found.shortfalls.length > 0
      return found.kind !== 'fits' || shortfallsOf(found.cheapest, needs).length === 0
    }),
  )
})

/** Keys that are there have values. */
function withoutUndefined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const result: { [K in keyof T]?: Exclude<T[K], undefined> } = {}
  for (const key in object) {
    const value = object[key]
    if (isDefined(value)) result[key] = value
  }
  return result
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined
}
