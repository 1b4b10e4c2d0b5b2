import fc from 'fast-check'
import t from 'tap'
import {
  forwardedRequestHeaders,
  forwardedResponseHeaders,
  headerText,
  requestIdOf,
} from '../../../router/proxy/headers.ts'

const to = { requestId: 'id-1', authority: '10.0.0.1:8000', clientAddress: '192.0.2.9', bodyBytes: 12 }
const pairs = (raw: readonly string[]) =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1]]] : []))
const valuesOf = (raw: readonly string[], name: string) =>
  pairs(raw).flatMap(([key, value]) => (key === name ? [value] : []))
const forwarded = (...raw: string[]) => forwardedRequestHeaders(raw, to)

t.test('end-to-end fields pass as they are, order and repetition kept', (t) => {
  const raw = ['Authorization', 'Bearer k', 'X-A', '1', 'x-a', '2', 'traceparent', '00-x']
  t.strictSame(forwarded(...raw).slice(4, 12), raw)
  t.end()
})

for (const name of [
  'Connection',
  'Keep-Alive',
  'TE',
  'Transfer-Encoding',
  'Upgrade',
  'Trailer',
  'Proxy-Authorization',
  'Proxy-Connection',
  'Expect',
]) {
  t.test(`${name} ends at the router`, (t) => {
    t.strictSame(valuesOf(forwarded(name, 'x'), name.toLowerCase()), [])
    t.end()
  })
}

t.test('fields that Connection names end at the router, both ways', (t) => {
  const raw = ['Connection', 'close, X-Secret-Hop', 'x-secret-hop', '1', 'x-other', '2']
  t.strictSame(valuesOf(forwarded(...raw), 'x-secret-hop'), [])
  t.strictSame(forwardedResponseHeaders(raw, {}), ['x-other', '2'])
  t.end()
})

for (const name of [
  'X-Gateway-Destination-Endpoint',
  'x-gateway-destination-endpoint-subset',
  'x-gateway-destination-endpoint-served',
  'X-Prefiller-Host-Port',
  'x-encoder-hosts-ports',
  'x-data-parallel-host-port',
  'X-Data-Parallel-Rank',
  'x-kv-cache-source-host-port',
  'EPP-Profile',
  'x-warmpath-endpoint',
]) {
  t.test(`a client cannot steer by ${name}`, (t) => {
    t.strictSame(valuesOf(forwarded(name, '169.254.169.254:80'), name.toLowerCase()), [])
    t.end()
  })
}

t.test("host, request id and length are the router's own", (t) => {
  const raw = forwarded('Host', 'api.example', 'X-Request-Id', 'bad id', 'Content-Length', '999')
  t.strictSame(valuesOf(raw, 'host'), ['10.0.0.1:8000'])
  t.strictSame(valuesOf(raw, 'x-request-id'), ['id-1'])
  t.strictSame(valuesOf(raw, 'content-length'), ['12'])
  t.end()
})

t.test('a request without a body announces none, unless the client did', (t) => {
  t.strictSame(valuesOf(forwardedRequestHeaders([], { ...to, bodyBytes: 0 }), 'content-length'), [])
  t.strictSame(valuesOf(forwardedRequestHeaders(['content-length', '0'], { ...to, bodyBytes: 0 }), 'content-length'), [
    '0',
  ])
  t.end()
})

t.test('the client joins the end of x-forwarded-for, and Via names the router', (t) => {
  const raw = forwarded('X-Forwarded-For', '203.0.113.1', 'x-forwarded-for', '203.0.113.2')
  t.strictSame(valuesOf(raw, 'x-forwarded-for'), ['203.0.113.1, 203.0.113.2, 192.0.2.9'])
  t.strictSame(valuesOf(raw, 'via'), ['1.1 warmpath'])
  t.end()
})

t.test('answers keep their fields, and the added ones replace what the replica sent', (t) => {
  const raw = [
    'Content-Type',
    'text/event-stream',
    'X-Request-ID',
    'upstream',
    'Set-Cookie',
    'a',
    'Set-Cookie',
    'b',
    'X-Warmpath-Endpoint',
    'fake',
    'Transfer-Encoding',
    'chunked',
  ]
  t.strictSame(forwardedResponseHeaders(raw, { 'x-request-id': 'id-1' }), [
    'Content-Type',
    'text/event-stream',
    'Set-Cookie',
    'a',
    'Set-Cookie',
    'b',
    'x-request-id',
    'id-1',
  ])
  t.strictSame(forwardedResponseHeaders(['constructor', 'x'], {}), ['constructor', 'x'])
  t.end()
})

const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
for (const [sent, expected] of [
  ['abc-123', /^abc-123$/],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736', /^00-4b/],
  [undefined, uuid],
  ['', uuid],
  ['two words', uuid],
  ['line\nbreak', uuid],
  ['x'.repeat(129), uuid],
  ['é', uuid],
] as const) {
  t.test(`the request id for ${JSON.stringify(sent)?.slice(0, 20) ?? 'none'} matches ${expected.source}`, (t) => {
    t.match(requestIdOf(sent), expected)
    t.end()
  })
}

t.test('any text can stand in a header once it went through headerText', (t) => {
  const law = fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) =>
    /^[\x20-\x7e]{0,200}$/.test(headerText(text)),
  )
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})
