import assert from 'node:assert/strict'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import t from 'tap'
import { encodeKvEvents } from '../../../src/vllm/kv-events-encode.ts'
import { decodeKvEvents, type KvEvent, type KvEventBatch } from '../../../src/vllm/kv-events.ts'

// One batch written by msgspec 0.22 from vLLM's structs of 2026-08.
const golden = Buffer.from(
  '93cb3ff8000000000000938ba474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657391cf8000000000000005b1706172' +
    '656e745f626c6f636b5f68617368c0a9746f6b656e5f696473920102aa626c6f636b5f73697a6510a76c6f72615f6964c0a66d656469756d' +
    'a3475055a96c6f72615f6e616d65c0aa65787472615f6b65797391c0a967726f75705f69647800b26b765f63616368655f737065635f6b69' +
    '6e64ae66756c6c5f617474656e74696f6e84a474797065ac426c6f636b52656d6f766564ac626c6f636b5f68617368657391c42001010101' +
    '01010101010101010101010101010101010101010101010101010101a66d656469756da3475055a967726f75705f6964780081a474797065' +
    'b0416c6c426c6f636b73436c656172656400',
  'hex',
)

const stored = {
  kind: 'stored',
  hashes: [2n ** 63n + 5n],
  parent: undefined,
  tokens: [1, 2],
  blockTokens: 16,
  loraId: undefined,
  loraName: undefined,
  medium: 'GPU',
  extraKeys: [undefined],
  group: 0,
  specKind: 'full_attention',
  slidingWindow: undefined,
  locality: undefined,
} as const
const removed = { kind: 'removed', hashes: ['01'.repeat(32)], medium: 'GPU', group: 0, locality: undefined } as const

function decoded(payload: Uint8Array): KvEventBatch {
  const result = decodeKvEvents(payload)
  if (!result.ok) throw result.error
  return result.batch
}

t.test('decodeKvEvents reads what vLLM writes', async (t) => {
  t.strictSame(decoded(golden), { tsSeconds: 1.5, events: [stored, removed, { kind: 'cleared' }], rank: 0 })
})

t.test('encodeKvEvents writes the bytes vLLM writes', async (t) => {
  t.equal(Buffer.from(encodeKvEvents(decoded(golden), 'map')).toString('hex'), golden.toString('hex'))
})

t.test('encodeKvEvents writes whole seconds as a float', async (t) => {
  t.equal(encodeKvEvents({ tsSeconds: 1, events: [], rank: 0 }, 'map')[1], 0xcb)
})

// structuredClone below: fast-check also makes objects without a prototype.
const optionally = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined })
const anyHash = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
)
const anyToken = fc.nat({ max: 0xffff_ffff })
const anyExtraKey = fc.oneof(fc.string(), fc.uint8Array({ maxLength: 4 }), fc.tuple(fc.string(), fc.nat()))
const anyEvent = (locality: fc.Arbitrary<string | undefined>): fc.Arbitrary<KvEvent> =>
  fc.oneof(
    fc.record({
      kind: fc.constant('stored' as const),
      hashes: fc.array(anyHash, { maxLength: 4 }),
      parent: optionally(anyHash),
      tokens: fc.array(anyToken, { maxLength: 20 }),
      blockTokens: fc.nat(1024),
      loraId: optionally(fc.nat()),
      loraName: optionally(fc.string()),
      medium: optionally(fc.constantFrom('GPU', 'cpu', 'STORAGE')),
      extraKeys: optionally(fc.array(optionally(fc.array(anyExtraKey, { maxLength: 3 })), { maxLength: 3 })),
      group: optionally(fc.nat(9)),
      specKind: optionally(fc.constantFrom('full_attention', 'mamba')),
      slidingWindow: optionally(fc.nat()),
      locality,
    }),
    fc.record({
      kind: fc.constant('removed' as const),
      hashes: fc.array(anyHash, { maxLength: 4 }),
      medium: optionally(fc.constantFrom('GPU', 'CPU')),
      group: optionally(fc.nat(9)),
      locality,
    }),
    fc.record({ kind: fc.constant('cleared' as const) }),
  )
const anyBatch = (locality: fc.Arbitrary<string | undefined>) =>
  fc.record({
    tsSeconds: fc.double({ min: 0, max: 1e10, noNaN: true }),
    events: fc.array(anyEvent(locality), { maxLength: 5 }),
    rank: optionally(fc.nat(64)),
  })

t.test('decode undoes encode in the map form', async () => {
  fc.assert(
    fc.property(anyBatch(optionally(fc.constantFrom('LOCAL', 'REMOTE'))), (batch) => {
      assert.deepEqual(decoded(encodeKvEvents(batch, 'map')), structuredClone(batch))
    }),
    { numRuns: 60 },
  )
})

t.test('decode undoes encode in the array form', async () => {
  fc.assert(
    fc.property(anyBatch(fc.constant(undefined)), (batch) => {
      assert.deepEqual(decoded(encodeKvEvents(batch, 'array')), structuredClone(batch))
    }),
    { numRuns: 60 },
  )
})

const wire = (value: unknown) => encode(value, { useBigInt64: true })

t.test('decodeKvEvents reads every published length of the array forms', async (t) => {
  const full = [
    'BlockStored',
    [7],
    null,
    [1, 2],
    2,
    null,
    'GPU',
    'lora',
    [['lora']],
    0,
    'full_attention',
    4096,
    'LOCAL',
  ]
  for (let length = 7; length <= full.length; length++) {
    const [event] = decoded(wire([1.5, [full.slice(0, length)], 0])).events
    t.match(event, { kind: 'stored', hashes: [7n], tokens: [1, 2], blockTokens: 2, medium: 'GPU' }, `length ${length}`)
    t.equal(event?.kind === 'stored' && event.loraName, length > 7 ? 'lora' : undefined)
  }
  for (const event of [
    ['BlockRemoved', [7], 'GPU'],
    ['BlockRemoved', [7], 'GPU', 1],
    ['BlockRemoved', [7]],
  ]) {
    t.match(decoded(wire([1.5, [event], 0])).events, [{ kind: 'removed', hashes: [7n] }])
  }
})

t.test('decodeKvEvents reads a batch without rank and a batch that is a map', async (t) => {
  t.strictSame(decoded(wire([1.5, []])), { tsSeconds: 1.5, events: [], rank: undefined })
  const map = { ts: 1.5, events: [{ type: 'AllBlocksCleared' }], data_parallel_rank: 3, more: [] }
  t.strictSame(decoded(wire(map)), { tsSeconds: 1.5, events: [{ kind: 'cleared' }], rank: 3 })
})

t.test('decodeKvEvents skips unknown keys and unknown tags', async (t) => {
  const events = [
    { type: 'BlockMoved', to: 1 },
    ['BlockMoved', 1],
    { type: 'BlockRemoved', block_hashes: [1], medium: null, new: {} },
  ]
  t.match(decoded(wire([0, events, 0])).events, [{ kind: 'removed', hashes: [1n] }])
})

t.test('decodeKvEvents reads a signed hash as its unsigned twin', async (t) => {
  const [event] = decoded(wire([0, [{ type: 'BlockRemoved', block_hashes: [-1n, -1, 2n ** 63n] }], 0])).events
  t.match(event, { hashes: [2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 63n] })
})

t.test('decodeKvEvents answers malformed payloads with an error that says what was wrong', async (t) => {
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['a scalar batch', 5, /batch is number/],
    ['no events', [1.5], /events is undefined, expected an array/],
    ['an event that is a number', [1.5, [5], 0], /event is number/],
    ['an event without a tag', [1.5, [{}], 0], /event tag/],
    ['no hashes', [1.5, [{ type: 'BlockRemoved' }], 0], /block_hashes/],
    ['a float as hash', [1.5, [{ type: 'BlockRemoved', block_hashes: [1.5] }], 0], /block_hashes/],
    ['a text as token', [1.5, [['BlockStored', [1], null, ['x'], 16, null, null]], 0], /token_ids/],
    ['a negative token', [1.5, [['BlockStored', [1], null, [-1], 16, null, null]], 0], /token_ids is -1/],
    ['nested extra keys', [1.5, [['BlockStored', [1], null, [1], 1, null, null, null, [[[['x']]]]]], 0], /extra_keys/],
  ]
  for (const [name, value, message] of cases) {
    const result = decodeKvEvents(wire(value))
    t.equal(result.ok, false, name)
    if (!result.ok) t.match(result.error, { code: 'KV_EVENTS_MALFORMED', message }, name)
  }
})

t.test('decodeKvEvents never throws on random bytes, truncated or damaged payloads', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      decodeKvEvents(bytes)
    }),
    { numRuns: 2000 },
  )
  for (let length = 0; length < golden.length; length++) t.equal(decodeKvEvents(golden.subarray(0, length)).ok, false)
  fc.assert(
    fc.property(fc.nat(golden.length - 1), fc.nat(255), (at, value) => {
      const damaged = Uint8Array.from(golden)
      damaged[at] = value
      decodeKvEvents(damaged)
    }),
    { numRuns: 2000 },
  )
})
