import fc from 'fast-check'
import t from 'tap'
import { parseWatchEvent } from '../../../src/kubernetes/watch-event.ts'

const metadata = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '7' }
const meta = { key: 'n/a', uid: 'u', resourceVersion: '7' }
const line = (type: unknown, object: unknown) => JSON.stringify({ type, object })

t.test('events of a watch', (t) => {
  t.same(parseWatchEvent(line('ADDED', { metadata })), { kind: 'present', meta, object: { metadata } })
  t.same(parseWatchEvent(line('MODIFIED', { metadata })), { kind: 'present', meta, object: { metadata } })
  t.same(parseWatchEvent(line('DELETED', { metadata })), { kind: 'gone', meta })
  const version = { metadata: { resourceVersion: '9' } }
  t.same(parseWatchEvent(line('BOOKMARK', version)), { kind: 'bookmark', resourceVersion: '9' })
  t.same(parseWatchEvent(line('ERROR', { code: 410 })), { kind: 'error', status: { code: 410 } })
  t.end()
})

t.test('an object without namespace has its name as key', (t) => {
  const { namespace: _, ...rest } = metadata
  t.match(parseWatchEvent(line('DELETED', { metadata: rest })), { meta: { key: 'a' } })
  t.end()
})

t.test('what is no event is unreadable, and its content is not repeated', (t) => {
  const secret = { ...metadata, resourceVersion: undefined, data: 'c2VjcmV0' }
  for (const text of [
    ...['', 'c2VjcmV0', 'null', '[]', '{"type":"ADDED","object":{"data":"c2VjcmV0"'],
    ...[line('ADDED', { metadata: secret }), line('BOOKMARK', { metadata: secret }), line('c2VjcmV0', {}), line(1, 2)],
  ]) {
    const event = parseWatchEvent(text)
    t.equal(event.kind, 'unreadable', text)
    t.notMatch(JSON.stringify(event), /c2VjcmV0/)
  }
  t.end()
})

t.test('no text makes it throw', (t) => {
  const type = fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'OTHER')
  const event = fc.record({ type, object: fc.jsonValue() }).map((one) => JSON.stringify(one))
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), event), (text) => parseWatchEvent(text).kind.length > 0))
  t.end()
})
