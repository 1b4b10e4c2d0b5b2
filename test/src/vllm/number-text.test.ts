import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { readFloat, readInteger, readSize } from '../../../src/vllm/number-text.ts'

// What Python 3.11 gives for int(), float() and vLLM's human_readable_int().
const table: readonly (readonly [
  text: string,
  integer: number | undefined,
  float: number | undefined,
  size: number | undefined,
])[] = [
  ['12', 12, 12, 12],
  [' 12\n', 12, 12, 12],
  ['+5', 5, 5, 5],
  ['-5', -5, -5, -5],
  ['-0', 0, -0, 0],
  ['007', 7, 7, 7],
  ['1_000', 1000, 1000, 1000],
  ['1__0', undefined, undefined, undefined],
  ['_1', undefined, undefined, undefined],
  ['1_', undefined, undefined, undefined],
  ['', undefined, undefined, undefined],
  ['1.5', undefined, 1.5, undefined],
  ['.5', undefined, 0.5, undefined],
  ['5.', undefined, 5, undefined],
  ['1e3', undefined, 1000, undefined],
  ['1_0.2_5', undefined, 10.25, undefined],
  ['1._5', undefined, undefined, undefined],
  ['0x10', undefined, undefined, undefined],
  ['inf', undefined, Infinity, undefined],
  ['-Infinity', undefined, -Infinity, undefined],
  ['nan', undefined, Number.NaN, undefined],
  ['1k', undefined, undefined, 1000],
  ['1K', undefined, undefined, 1024],
  ['2.5m', undefined, undefined, 2_500_000],
  ['2.5M', undefined, undefined, undefined],
  ['80g', undefined, undefined, 80_000_000_000],
  ['1T', undefined, undefined, 2 ** 40],
  ['1 k', undefined, undefined, undefined],
  ['1kb', undefined, undefined, undefined],
  ['-1k', undefined, undefined, undefined],
]

for (const [text, integer, float, size] of table) {
  t.test(`numbers are read from ${JSON.stringify(text)} as Python reads them`, async () => {
    assert.deepEqual([readInteger(text), readFloat(text), readSize(text)], [integer, float, size])
  })
}

t.test('readInteger() and readSize() read back any printed integer', async () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      assert.equal(readInteger(String(value)), value)
      assert.equal(readSize(` ${value} `), value)
    }),
  )
})

t.test('readFloat() reads back any printed number', async () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => {
      assert.equal(readFloat(String(value)), value === 0 ? 0 : value)
    }),
  )
})
