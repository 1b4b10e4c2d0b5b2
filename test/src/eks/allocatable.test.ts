import fc from 'fast-check'
import t from 'tap'
import { allocatableOf, estimateAllocatable } from '../../../src/eks/allocatable.ts'
import { shippedCatalogue } from '../../../src/eks/catalogue.ts'

const typeNamed = (name: string) => shippedCatalogue.types.filter(({ type }) => type === name)

// Type and `pods` of karpenter-provider-aws@1d92708 instance-types.md, whose figures the formula must reproduce.
for (const [name, maxPods] of [
  ['g4dn.xlarge', 29],
  ['g5.xlarge', 58],
  ['g5g.16xlarge', 737],
  ['g6.16xlarge', 737],
  ['g6f.large', 20],
  ['g7.48xlarge', 758],
  ['g7e.24xlarge', 632],
  ['p4d.24xlarge', 737],
  ['p5.4xlarge', 118],
  ['p5.48xlarge', 100],
  ['p6-b300.48xlarge', 198],
] as const) {
  t.test(`estimateAllocatable() gives ${name} with ${maxPods} pods what Karpenter publishes for it`, async (t) => {
    const [type] = typeNamed(name)
    t.match(type?.allocatable, type && estimateAllocatable(type, maxPods))
    t.not(type, undefined)
  })
}

t.test('allocatableOf() prefers what is published to the estimate', async (t) => {
  const [p5] = typeNamed('p5.48xlarge')
  const [gb200] = typeNamed('p6e-gb200.36xlarge')
  t.equal(p5 && allocatableOf(p5).memoryMiB, 1_938_410)
  t.strictSame(gb200 && allocatableOf(gb200), gb200 && estimateAllocatable(gb200))
})

t.test('estimateAllocatable() is between 0 and what the type has, and grows with it', async () => {
  const size = fc.record({
    vCpus: fc.integer({ min: 1, max: 512 }),
    memoryMiB: fc.integer({ min: 512, max: 2 ** 23 }),
    arch: fc.constantFrom('amd64' as const, 'arm64' as const),
  })
  fc.assert(
    fc.property(size, (type) => {
      const { cpuMilli, memoryMiB } = estimateAllocatable(type)
      const larger = estimateAllocatable({ ...type, vCpus: type.vCpus + 1, memoryMiB: type.memoryMiB + 1024 })
      return (
        cpuMilli > 0 &&
        cpuMilli < type.vCpus * 1000 &&
        memoryMiB >= 0 &&
        memoryMiB < type.memoryMiB &&
        larger.cpuMilli > cpuMilli &&
        larger.memoryMiB >= memoryMiB
      )
    }),
  )
})
