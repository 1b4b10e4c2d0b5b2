import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { maxJsonDepth, mergeJson, readJson, sameJson } from '../../../src/vllm/json-value.ts'

t.test('readJson() reads back any printed value', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value)
      assert.equal(JSON.stringify(readJson(text)), text)
    }),
  )
})

t.test('readJson() gives nothing for other text and for text that is nested too deep', async (t) => {
  for (const text of ['', '{', 'NaN', "{'a': 1}"]) t.equal(readJson(text), undefined)
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  t.not(readJson(nested(maxJsonDepth)), undefined)
  t.equal(readJson(nested(maxJsonDepth + 2)), undefined)
})

t.test('readJson() keeps keys that objects have of their own', async (t) => {
  t.equal(JSON.stringify(readJson('{"__proto__":1,"constructor":2}')), '{"__proto__":1,"constructor":2}')
})

t.test('mergeJson() goes into objects and joins lists', async (t) => {
  const [base, update] = [
    { a: { b: 1, c: [1] }, d: 1 },
    { a: { c: [2], e: 2 }, d: { f: 3 } },
  ]
  t.strictSame(mergeJson(base, update), { a: { b: 1, c: [1, 2], e: 2 }, d: { f: 3 } })
})

t.test('sameJson() tells values apart whatever the order of keys', async (t) => {
  t.ok(sameJson({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }))
  for (const other of [{ a: 1 }, { a: 1, b: 3 }, { a: 1, c: 2 }, [1, 2], null, undefined, 1]) {
    t.notOk(sameJson({ a: 1, b: 2 }, other))
  }
})
