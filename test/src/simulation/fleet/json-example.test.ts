import t from 'tap'
import { exampleOf } from '../../../../src/simulation/fleet/json-example.ts'

const rows: readonly (readonly [does: string, schema: unknown, value: unknown])[] = [
  ['a constant is itself', { const: 7 }, 7],
  ['a choice is its first', { type: 'string', enum: ['a', 'b'] }, 'a'],
  ['a boolean is false', { type: 'boolean' }, false],
  ['a text is empty', { type: 'string' }, ''],
  ['a text is as short as it may be', { type: 'string', minLength: 3 }, 'xxx'],
  ['a number is zero', { type: 'number' }, 0],
  ['a number starts at its minimum', { type: 'number', minimum: 2.5 }, 2.5],
  ['a whole number starts above its minimum', { type: 'integer', minimum: 2.5 }, 3],
  ['a number stands above an exclusive minimum', { type: 'integer', exclusiveMinimum: 4 }, 5],
  ['a number is a multiple', { type: 'integer', minimum: 5, multipleOf: 4 }, 8],
  ['a number is at most its maximum', { type: 'number', maximum: -3 }, -3],
  ['a list is empty', { type: 'array', items: { type: 'string' } }, []],
  ['a list is as short as it may be', { type: 'array', minItems: 2, items: { type: 'boolean' } }, [false, false]],
  ['an object has what it requires', { type: 'object', properties: { a: {}, b: {} }, required: ['b'] }, { b: null }],
  ['properties make an object', { properties: { a: { type: 'null' } }, required: ['a'] }, { a: null }],
  ['a required field without a schema is null', { type: 'object', required: ['a'] }, { a: null }],
  ['of several types the first', { type: ['string', 'null'] }, ''],
  ['of alternatives the first', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, 0],
  ['oneOf too', { oneOf: [{ const: 1 }, { const: 2 }] }, 1],
  ['a reference is followed', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { const: 'found' } } }, 'found'],
  ['a reference to nothing is null', { $ref: '#/$defs/none' }, null],
  ['a schema of nothing is null', {}, null],
  ['true, which allows anything, is null', true, null],
]

for (const [does, schema, value] of rows) t.test(does, async (t) => t.strictSame(exampleOf(schema), value))

t.test('a schema that requires itself twice comes to an end', async (t) => {
  const self = { $ref: '#' }
  const schema = { type: 'object', properties: { left: self, right: self }, required: ['left', 'right'] }
  const found = exampleOf(schema)
  t.match(found, { left: { left: Object } })
  t.ok(JSON.stringify(found).length < 10_000)
})

t.test('what asks for long values gets shorter ones', async (t) => {
  const table = { type: 'array', minItems: 1e9, items: { type: 'array', minItems: 1e9, items: { const: 1 } } }
  t.ok(JSON.stringify(exampleOf(table)).length < 10_000)
  t.equal(exampleOf({ type: 'string', minLength: 1e9 }), 'x'.repeat(100))
  t.equal(exampleOf({ type: 'string', minLength: -1 }), '')
})
