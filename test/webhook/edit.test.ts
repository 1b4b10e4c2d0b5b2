import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { applyEdits, applyPatch, type Edit, pointer } from '../../webhook/edit.ts'

t.test('parents that are missing or null are made, one by one', async (t) => {
  const edit: Edit = { kind: 'append', path: ['spec', 'affinity', 'terms'], value: 1 }
  t.same(applyEdits({ spec: { affinity: null } }, [edit]), {
    object: { spec: { affinity: { terms: [1] } } },
    patch: [
      { op: 'add', path: '/spec/affinity', value: {} },
      { op: 'add', path: '/spec/affinity/terms', value: [1] },
    ],
  })
})

t.test('an append adds to the end, a set puts what is not there, a replace puts what is', async (t) => {
  const object = { list: ['a'], text: 'x', none: null }
  const { object: after, patch } = applyEdits(object, [
    { kind: 'append', path: ['list'], value: 'b' },
    { kind: 'replace', path: ['list', 0], value: 'c' },
    { kind: 'set', path: ['none'], value: true },
    { kind: 'set', path: ['new', 'a/b~c'], value: 1 },
    { kind: 'replace', path: ['text'], value: 'y' },
  ])
  t.same(after, { list: ['c', 'b'], text: 'y', none: true, new: { 'a/b~c': 1 } })
  t.same(
    patch.map(({ op, path }) => `${op} ${path}`),
    ['add /list/-', 'replace /list/0', 'add /none', 'add /new', 'add /new/a~1b~0c', 'replace /text'],
  )
  t.same(applyPatch(object, patch), after)
  t.same(object, { list: ['a'], text: 'x', none: null })
})

t.test('what would be destroyed is an error', async (t) => {
  const impossible: readonly (readonly [string, Edit])[] = [
    ['a value stands there', { kind: 'set', path: ['text'], value: 1 }],
    ['something that is no list', { kind: 'append', path: ['text'], value: 1 }],
    ['nothing stands there', { kind: 'replace', path: ['other'], value: 1 }],
    ['nothing at /list/3', { kind: 'set', path: ['list', 3, 'a'], value: 1 }],
    ['no parent at /text', { kind: 'set', path: ['text', 'a'], value: 1 }],
    ['no parent at /text', { kind: 'set', path: ['text', 'a', 'b'], value: 1 }],
    ['no parent at /list', { kind: 'append', path: ['list', 'a'], value: 1 }],
    ['nothing stands there', { kind: 'set', path: ['list', 1], value: 1 }],
    ['nothing stands there', { kind: 'append', path: ['list', 7], value: 1 }],
    ['names no place', { kind: 'set', path: [], value: 1 }],
  ]
  for (const [why, edit] of impossible)
    t.throws(() => applyEdits({ text: 'x', list: [{}] }, [edit]), { code: 'EDIT_IMPOSSIBLE', message: new RegExp(why) })
})

t.test('a patch that does not apply is an error', async (t) => {
  t.throws(() => applyPatch({}, [{ op: 'add', path: '/a/b', value: 1 }]), { code: 'PATCH_BROKEN' })
  t.throws(() => applyPatch({}, [{ op: 'replace', path: '', value: 1 }]), { code: 'PATCH_BROKEN' })
})

t.test('a patch does not share values with what it is applied to', async (t) => {
  const edits: readonly Edit[] = [
    { kind: 'append', path: ['list'], value: { a: 1 } },
    { kind: 'set', path: ['list', 0, 'b'], value: 2 },
  ]
  const { object, patch } = applyEdits({}, edits)
  t.same(applyPatch({}, patch), object)
  t.same(patch[0], { op: 'add', path: '/list', value: [{ a: 1 }] })
})

t.test('pointers escape names', async (t) => {
  t.equal(pointer(['metadata', 'a/b', '~', 0]), '/metadata/a~1b/~0/0')
})

const name = fc.constantFrom('a', 'b', 'a/b', '~', '')
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('append', 'set', 'replace'),
  path: fc.array(fc.oneof(name, fc.nat(2)), { minLength: 1, maxLength: 3 }),
  value: fc.constantFrom(1, 'x', null, [], ['y'], {}, { a: { b: null } }),
})
const start = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, 1, 'x'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

t.test('edits either throw, or their patch gives the same object', async () => {
  fc.assert(
    fc.property(
      fc.dictionary(name, start, { noNullPrototype: true }),
      fc.array(edit, { maxLength: 4 }),
      (object, edits) => {
        const before = structuredClone(object)
        let edited
        try {
          edited = applyEdits(object, edits)
        } catch {
          return
        }
        assert.deepEqual(applyPatch(object, edited.patch), edited.object)
        assert.deepEqual(object, before)
      },
    ),
    { numRuns: 2000 },
  )
})
