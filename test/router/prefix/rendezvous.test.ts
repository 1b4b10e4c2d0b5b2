import fc from 'fast-check'
import t from 'tap'
import { hashText, rendezvousWeight } from '../../../router/prefix/rendezvous.ts'

const names = Array.from({ length: 8 }, (_, i) => `replica-${i}`)
const keys = Array.from({ length: 8000 }, (_, i) => i * 1_000_003 + 7)

function home(key: number, nodes: readonly string[]): string {
  const weights = nodes.map((name) => rendezvousWeight(key, hashText(name)))
  return nodes[weights.indexOf(Math.max(...weights))] ?? ''
}

t.test('weights are whole numbers of 32 bits, for keys up to 2^53', async () => {
  const key = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  const property = fc.property(key, fc.string(), (one, name) => {
    const weight = rendezvousWeight(one, hashText(name))
    return Number.isInteger(weight) && weight >= 0 && weight < 2 ** 32
  })
  fc.assert(property)
})

t.test('each endpoint is home to its share of the keys', async (t) => {
  const counts = names.map((name) => keys.filter((key) => home(key, names) === name).length)
  t.ok(Math.min(...counts) > 880 && Math.max(...counts) < 1120, counts.join(', '))
})

t.test('when an endpoint leaves only its keys move, and they spread over the others', async (t) => {
  const left = names.slice(1)
  const moved = keys.filter((key) => home(key, names) !== home(key, left))
  t.ok(moved.every((key) => home(key, names) === names[0]))
  const counts = left.map((name) => moved.filter((key) => home(key, left) === name).length)
  t.ok(Math.min(...counts) > moved.length / 7 / 1.4, counts.join(', '))
})

t.test('when an endpoint joins it takes its share from all, and no other key moves', async (t) => {
  const more = [...names, 'replica-8']
  const moved = keys.filter((key) => home(key, names) !== home(key, more))
  t.ok(moved.every((key) => home(key, more) === 'replica-8'))
  t.ok(Math.abs(moved.length - keys.length / 9) < 100, `${moved.length}`)
})

t.test('keys that differ above 32 bits alone have weights of their own', async (t) => {
  const weights = Array.from({ length: 1000 }, (_, i) => rendezvousWeight(i * 2 ** 32 + 5, 1))
  t.ok(new Set(weights).size > 990)
})

t.test('near texts have far hashes', async (t) => {
  t.equal(new Set(names.map((name) => hashText(name) >>> 16)).size, 8)
})
