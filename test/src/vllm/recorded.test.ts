import { readFileSync } from 'node:fs'
import t from 'tap'
import { type BlockDigest, blockDigest, digestToUint64, noneHash } from '../../../src/vllm/block-hash.ts'
import { parseExposition } from '../../../src/vllm/exposition.ts'
import { encodeKvEvents } from '../../../src/vllm/kv-events-encode.ts'
import { decodeKvEvents, type KvEventBatch } from '../../../src/vllm/kv-events.ts'
import { parseModelList } from '../../../src/vllm/model-list.ts'
import { toEngineSignals } from '../../../src/vllm/signals.ts'
import { repositoryPath } from '../../support/repository.ts'
import { recordedEvents, recordedExchanges } from '../../support/vllm-recording.ts'

// What a real vLLM 0.32.0 sent, recorded by test/e2e/vllm/record.ts; the fixtures name command and date.

t.test('the metrics page of a real vLLM is read without a line lost', async (t) => {
  const text = readFileSync(repositoryPath('test/fixtures/vllm/0.32.0/metrics.txt'), 'utf8')
  const page = parseExposition(text, { maxLines: 10_000, maxCharacters: 1_000_000 })
  t.strictSame(page.malformed, [])
  t.match(toEngineSignals(page), {
    requestsRunning: 0,
    requestsWaiting: 0,
    kvCacheUtilization: 0,
    blockSizeTokens: 32,
    kvCacheBlocks: 128,
    kvCacheTokens: 4096,
    prefixCacheQueriesTokens: Number,
    prefixCacheHitsTokens: Number,
    processStartTimeSeconds: Number,
  })
})

t.test('the model list of a real vLLM is read', async (t) => {
  const models = recordedExchanges().facts.find(({ request }) => request.path === '/v1/models')
  t.strictSame(parseModelList(models?.answer.text ?? ''), [{ name: 'tiny' }])
})

const batches = recordedEvents().map((payload) => {
  const result = decodeKvEvents(payload)
  if (!result.ok) throw result.error
  return { payload, batch: result.batch }
})

t.test('the KV events of a real vLLM are decoded: a prompt, its answer, a salt, evictions and a reset', async (t) => {
  const events = batches.flatMap(({ batch }) => batch.events)
  const [prompt, answer, salted] = events
  t.match(prompt, {
    kind: 'stored',
    hashes: { length: 2 },
    parent: undefined,
    blockTokens: 32,
    medium: 'GPU',
    group: 0,
  })
  t.match(answer, { kind: 'stored', hashes: { length: 1 }, parent: BigInt, tokens: { length: 32 } })
  t.match(salted, { kind: 'stored', extraKeys: [['pepper'], undefined], specKind: 'full_attention' })
  t.ok(events.some(({ kind }) => kind === 'removed'))
  t.strictSame(events.at(-1), { kind: 'cleared' })
  t.ok(batches.every(({ batch }) => batch.rank === 0))
})

t.test('what the simulation would send for these events is the same, byte for byte', async (t) => {
  for (const { payload, batch } of batches) {
    t.equal(Buffer.from(encodeKvEvents(batch, 'map')).toString('hex'), Buffer.from(payload).toString('hex'))
  }
})

t.test('every recorded block hash can be computed from the tokens and the salt', async (t) => {
  t.strictSame(
    wrongHashes(
      batches.map(({ batch }) => batch),
      noneHash('0'),
    ),
    [],
  )
})

function wrongHashes(all: readonly KvEventBatch[], none: BlockDigest): readonly unknown[] {
  const digests = new Map<unknown, BlockDigest>()
  return all.flatMap(({ events }) =>
    events.flatMap((event) => {
      if (event.kind !== 'stored') return []
      let parent = event.parent === undefined ? none : digests.get(event.parent)
      return event.hashes.filter((hash, i) => {
        const tokens = event.tokens.slice(i * event.blockTokens, (i + 1) * event.blockTokens)
        const salts = event.extraKeys?.[i]?.map((salt) => ['cache_salt', String(salt)] as const)
        parent = blockDigest(parent ?? new Uint8Array(), tokens, salts)
        digests.set(hash, parent)
        return digestToUint64(parent) !== hash
      })
    }),
  )
}
