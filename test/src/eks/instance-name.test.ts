import t from 'tap'
import { parseInstanceName } from '../../../src/eks/instance-name.ts'

for (const [type, name] of [
  ['p5.48xlarge', { category: 'p', family: 'p5', size: '48xlarge' }],
  ['gr6.4xlarge', { category: 'gr', family: 'gr6', size: '4xlarge' }],
  ['g6f.large', { category: 'g', family: 'g6f', size: 'large' }],
  ['p6-b200.48xlarge', { category: 'p', family: 'p6-b200', size: '48xlarge' }],
  ['g5g.metal', { category: 'g', family: 'g5g', size: 'metal' }],
  ['m7i.metal-24xl', { category: 'm', family: 'm7i', size: 'metal-24xl' }],
] as const) {
  t.test(`parseInstanceName() takes ${type} apart`, async (t) => {
    t.strictSame(parseInstanceName(type), name)
  })
}

for (const text of [
  '',
  'p5',
  'p5.',
  '.48xlarge',
  '5p.48xlarge',
  'P5.48xlarge',
  'p5.48xlarge.x',
  'gpu.large',
  'p-6.large',
  'p5.48xlarge\n',
]) {
  t.test(`parseInstanceName() knows that ${JSON.stringify(text)} is no instance type`, async (t) => {
    t.equal(parseInstanceName(text), undefined)
  })
}
