import t from 'tap'
import { familySupport, shippedCatalogue } from '../../../src/eks/catalogue.ts'
import { parseInstanceName } from '../../../src/eks/instance-name.ts'
import type { InstanceType } from '../../../src/eks/instance-types.ts'
import type { Sourced } from '../../../src/eks/sourced.ts'

const { types, families } = shippedCatalogue

/** Types that break a rule; none should. */
const breaking = (rule: (row: InstanceType) => boolean) => types.filter((row) => !rule(row)).map(({ type }) => type)

const isSourced = ({ source, date }: Sourced) => source.length > 10 && /^2026-\d\d-\d\d$/.test(date)

const rules: readonly [string, (row: InstanceType) => boolean][] = [
  [
    'names its source and the day of it, for price and allocatable too',
    ({ price, allocatable, ...row }) =>
      isSourced(row) &&
      (price === undefined || isSourced(price)) &&
      (allocatable === undefined || isSourced(allocatable)),
  ],
  [
    'has the category and family of its name',
    ({ type, category, family }) => {
      const name = parseInstanceName(type)
      return name?.category === category && name.family === family
    },
  ],
  [
    'has 1, 2, 4 or 8 whole GPUs, or a fraction of one where the family ends in f',
    ({ family, gpus }) => (family.endsWith('f') ? gpus === 0 : [1, 2, 4, 8].includes(gpus)),
  ],
  [
    'has between 2 and 270 GiB of memory a GPU, and less than 16 only where it has a fraction',
    ({ gpus, gpuMemoryMiB }) =>
      gpuMemoryMiB !== undefined && gpuMemoryMiB < 280_000 && gpuMemoryMiB >= (gpus === 0 ? 2048 : 16_384),
  ],
  [
    'has 2 to 24 GiB of memory for each vCPU',
    ({ vCpus, memoryMiB }) => memoryMiB / vCpus >= 2048 && memoryMiB / vCpus <= 24 * 1024,
  ],
  [
    'leaves pods 60 to 100 % of CPU and memory',
    ({ vCpus, memoryMiB, allocatable }) =>
      allocatable === undefined ||
      (within(allocatable.cpuMilli / vCpus / 1000, 0.6, 1) && within(allocatable.memoryMiB / memoryMiB, 0.6, 1)),
  ],
  [
    'costs between 0.1 and 150 dollars an hour where a price is known',
    ({ price }) => price === undefined || within(price.usdPerHour, 0.1, 150),
  ],
  [
    'partitions only GPUs of Ampere and newer',
    ({ gpuName, mig }) =>
      mig !== true ||
      ['a100', 'h100', 'h200', 'b200', 'b300', 'rtx-pro-4500', 'rtx-pro-server-6000'].includes(gpuName ?? ''),
  ],
  [
    'is arm64 only as g5g and p6e-gb200',
    ({ family, arch }) => (arch === 'arm64') === ['g5g', 'p6e-gb200'].includes(family),
  ],
  ['has EFA devices only from 8 vCPUs on', ({ efas, vCpus }) => efas === undefined || efas === 0 || vCpus >= 8],
]

for (const [rule, holds] of rules) {
  t.test(`every shipped instance type ${rule}`, async (t) => {
    t.strictSame(breaking(holds), [])
  })
}

t.test('no shipped instance type stands there twice, and no size is missing', async (t) => {
  t.equal(new Set(types.map(({ type }) => type)).size, types.length)
  const sizes: Record<string, number> = {}
  for (const { family } of types) sizes[family] = (sizes[family] ?? 0) + 1
  // Headings of karpenter-provider-aws@1d92708 instance-types.md with an NVIDIA GPU, and p6e-gb200.
  t.strictSame(sizes, {
    ...{ g4dn: 7, g5: 8, g5g: 6, g6: 8, gr6: 2, g6f: 4, gr6f: 1, g6e: 8, g7: 6, g7e: 6 },
    ...{ p3dn: 1, p4d: 1, p4de: 1, p5: 2, p5e: 1, p5en: 1, 'p6-b200': 1, 'p6-b300': 1, 'p6e-gb200': 1 },
  })
})

t.test('only p5e, which has no price on demand, and the UltraServer lack a price', async (t) => {
  t.strictSame(
    types.filter(({ price }) => price === undefined).map(({ type }) => type),
    ['p5e.48xlarge', 'p6e-gb200.36xlarge'],
  )
})

for (const [type, figures] of [
  ['g5.xlarge', { gpus: 1, gpuName: 'a10g', vCpus: 4, memoryMiB: 16_384, efas: 0 }],
  ['gr6.8xlarge', { category: 'gr', gpus: 1, gpuName: 'l4', memoryMiB: 262_144, efas: 1 }],
  ['g6e.48xlarge', { gpus: 8, gpuMemoryMiB: 45_776, efas: 4, mig: false }],
  ['p5.48xlarge', { gpus: 8, gpuName: 'h100', efas: 32, price: { usdPerHour: 55.04, region: 'us-east-1' } }],
  ['p5.48xlarge', { allocatable: { cpuMilli: 191_450, memoryMiB: 1_938_410 } }],
  ['p6-b200.48xlarge', { category: 'p', family: 'p6-b200', gpuMemoryMiB: 183_359, efas: 8, mig: true }],
  ['p6e-gb200.36xlarge', { arch: 'arm64', gpus: 4, efas: undefined, allocatable: undefined, mig: false }],
] as const) {
  t.test(`shippedCatalogue knows ${type} as ${JSON.stringify(figures)}`, async (t) => {
    t.match(
      types.find((row) => row.type === type),
      figures,
    )
  })
}

t.test('every shipped family has one row for each platform, with source and day', async (t) => {
  for (const family of new Set(types.map((row) => row.family)))
    for (const platform of ['auto-mode', 'karpenter', 'node-groups'] as const) {
      const rows = familySupport(shippedCatalogue, platform, family)
      t.equal(rows.length, 1, `${platform} ${family}`)
    }
  t.ok(families.every((row) => isSourced(row) && row.reports.every(isSourced)))
})

t.test('familySupport() tells what Auto Mode lists and what was seen there', async (t) => {
  t.match(familySupport(shippedCatalogue, 'auto-mode', 'p6-b200'), [
    { support: 'listed', reports: [{ outcome: 'fails', text: /NoCompatibleInstanceTypes/ }, { outcome: 'works' }] },
  ])
  t.match(familySupport(shippedCatalogue, 'auto-mode', 'p6e-gb200'), [{ support: 'unlisted' }])
})

t.test('familySupport() has a row for each platform of a mixed cluster, and none for an unknown family', async (t) => {
  const platforms = familySupport(shippedCatalogue, 'mixed', 'g6f').map(({ platform, support }) => [platform, support])
  t.strictSame(platforms, [
    ['auto-mode', 'unlisted'],
    ['karpenter', 'listed'],
  ])
  t.strictSame(familySupport(shippedCatalogue, 'auto-mode', 'p9'), [])
})

function within(value: number, min: number, max: number): boolean {
  return value >= min && value <= max
}
