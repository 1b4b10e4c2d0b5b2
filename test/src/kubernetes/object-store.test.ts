import t from 'tap'
import { at, type JsonObject } from '../../../src/kubernetes/json.ts'
import { metaOf, type ObjectMeta } from '../../../src/kubernetes/object-meta.ts'
import { ObjectStore } from '../../../src/kubernetes/object-store.ts'

/** An object of a version; data below 0 is unreadable, 0 of no interest. */
const object = (name: string, data: number, { uid = `uid-${name}`, version = '1' } = {}): JsonObject => ({
  metadata: { name, uid, resourceVersion: version },
  data,
})

function meta(of: JsonObject): ObjectMeta {
  return metaOf(of) ?? { key: '', uid: '', resourceVersion: '' }
}

function createStore(maxObjects = 10) {
  const unreadable: (string | undefined)[] = []
  const store = new ObjectStore<{ readonly data: unknown }>({
    maxObjects,
    parse(raw) {
      const data = at(raw, 'data')
      if (typeof data !== 'number' || data < 0) throw new Error('no data')
      return data === 0 ? undefined : { data }
    },
    onUnreadable: (key) => void unreadable.push(key),
  })
  return {
    store,
    unreadable,
    put: (one: JsonObject) => store.put(meta(one), one),
    replace(...all: readonly unknown[]) {
      const replacement = store.createReplacement()
      for (const one of all) replacement.item(one)
      return store.replace(replacement)
    },
  }
}

t.test('a version that is known already is no change', (t) => {
  const { put, replace } = createStore()
  t.same(put(object('a', 1)), [{ kind: 'added', key: 'a', object: { data: 1 } }])
  t.same(put(object('a', 1)), [])
  t.same(replace(object('a', 1)), [])
  t.end()
})

t.test('a known version stays the very object that was delivered', (t) => {
  const { put, replace, store } = createStore()
  put(object('a', 1))
  const before = store.get('a')
  replace(object('a', 1))
  t.equal(store.get('a'), before)
  t.end()
})

t.test('an object that takes the name of another is deleted and added, in a watch as in a list', (t) => {
  const { put, replace } = createStore()
  put(object('a', 1))
  const expected = (from: number) => [
    { kind: 'deleted', key: 'a', object: { data: from } },
    { kind: 'added', key: 'a', object: { data: from + 1 } },
  ]
  t.same(put(object('a', 2, { uid: 'second' })), expected(1))
  t.same(replace(object('a', 3, { uid: 'third' })), expected(2))
  t.end()
})

t.test('a list without an object deletes it, before it adds others', (t) => {
  const { put, replace, store } = createStore()
  put(object('b', 1))
  t.same(replace(object('a', 1)), [
    { kind: 'deleted', key: 'b', object: { data: 1 } },
    { kind: 'added', key: 'a', object: { data: 1 } },
  ])
  t.equal(store.size, 1)
  t.end()
})

t.test('to delete what is not known is no change', (t) => {
  const { store } = createStore()
  t.same(store.remove(meta(object('a', 1))), [])
  t.end()
})

t.test('an unreadable object stays as it was, unless its name went to another', (t) => {
  const { put, replace, store, unreadable } = createStore()
  put(object('a', 1))
  t.same(put(object('a', -1, { version: '2' })), [])
  t.same(replace(object('a', -1, { version: '3' })), [])
  t.same(store.objects(), [{ data: 1 }])
  t.same(put(object('a', -1, { uid: 'second' })), [{ kind: 'deleted', key: 'a', object: { data: 1 } }])
  t.same(unreadable, ['a', 'a', 'a'])
  t.end()
})

t.test('what has no name in a list is unreadable, and the rest is read', (t) => {
  const { replace, store, unreadable } = createStore()
  replace(null, { data: 1 }, object('a', 1))
  t.same(unreadable, [undefined, undefined])
  t.equal(store.size, 1)
  t.end()
})

t.test('beyond the bound new objects are left out, and changes of known ones are delivered', (t) => {
  const { put, replace, store } = createStore(2)
  put(object('b', 1))
  put(object('c', 1))
  t.same([put(object('d', 1)), store.complete], [[], false])
  t.match(put(object('c', 2, { version: '2' })), [{ kind: 'modified', key: 'c', previous: { data: 1 } }])
  t.same(
    replace(object('a', 1), object('b', 1), object('c', 3, { version: '3' })).map(({ kind, key }) => `${kind} ${key}`),
    ['modified c'],
  )
  t.equal(store.complete, false)
  t.same(
    replace(object('b', 1)).map(({ kind, key }) => `${kind} ${key}`),
    ['deleted c'],
  )
  t.same([store.size, store.complete], [1, true])
  t.end()
})
