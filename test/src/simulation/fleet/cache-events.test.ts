import t from 'tap'
import { createCacheEventTranslator } from '../../../../src/simulation/fleet/cache-events.ts'
import { createSequence } from '../../../../src/simulation/fleet/sequence.ts'
import { digestToUint64 } from '../../../../src/vllm/block-hash.ts'

const tokens = Array.from({ length: 48 }, (_, i) => i)
const sequence = createSequence({ prompt: tokens, output: [], blockTokens: 16, lora: undefined, cacheSalt: undefined })
const hashes = sequence.digests.map(digestToUint64)
const request = { id: '1', promptTokens: 48, outputTokens: 1, keys: sequence.keys, hooks: { onFinish() {} } }
const translator = () => createCacheEventTranslator({ blockTokens: 16, hashForm: 'int', sequenceOf: () => sequence })
const key = (block: number) => sequence.keys[block] ?? -1

t.test('a stored range carries its own tokens and the hash before it', async (t) => {
  t.match(translator()([{ kind: 'stored', request, firstBlock: 1, count: 2 }]), [
    {
      kind: 'stored',
      hashes: hashes.slice(1),
      parent: hashes[0],
      tokens: tokens.slice(16),
      extraKeys: [undefined, undefined],
    },
  ])
})

t.test('each physical eviction is one removal; what was never stored removes nothing', async (t) => {
  const translate = translator()
  translate([
    { kind: 'stored', request, firstBlock: 0, count: 1 },
    { kind: 'stored', request, firstBlock: 0, count: 1 },
  ])
  const remove = { kind: 'removed', key: key(0) } as const
  const removal = { kind: 'removed', hashes: [hashes[0]], medium: 'GPU' }
  t.match(translate([remove]), [removal])
  t.match(translate([remove]), [removal])
  t.strictSame(translate([remove, { kind: 'removed', key: key(2) }]), [])
})

t.test('a clear forgets every key', async (t) => {
  const translate = translator()
  translate([{ kind: 'stored', request, firstBlock: 0, count: 3 }])
  t.strictSame(translate([{ kind: 'cleared' }, { kind: 'removed', key: key(0) }]), [{ kind: 'cleared' }])
})
