import t from 'tap'
import { policyColors } from '../../../../../src/cli/replay/report/palette.ts'

t.test('a policy has the same colour in every report', (t) => {
  const [, second] = policyColors(['round-robin', 'warmpath'])
  t.same(policyColors(['warmpath'])[0], second)
  t.end()
})

t.test('a policy without a colour of its own takes one that no other has', (t) => {
  const colors = policyColors(['exact', 'warmpath', 'llm-d', 'random', 'another'])
  t.equal(new Set(colors.map(({ light }) => light)).size, 5)
  t.equal(new Set(colors.map(({ dark }) => dark)).size, 5)
  t.end()
})

t.test('more policies than colours still have one each', (t) => {
  const names = Array.from({ length: 20 }, (_, index) => `policy ${index}`)
  t.ok(policyColors(names).every(({ light, dark }) => /^#[0-9a-f]{6}$/.test(light) && /^#[0-9a-f]{6}$/.test(dark)))
  t.end()
})
