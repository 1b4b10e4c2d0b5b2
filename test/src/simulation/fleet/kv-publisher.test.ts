import t from 'tap'
import { createKvPublisher, type KvPublisherOptions } from '../../../../src/simulation/fleet/kv-publisher.ts'
import { encodeText } from '../../../../src/simulation/fleet/tokenizer.ts'
import { silentLog } from '../../../../src/telemetry/log.ts'
import { blockDigest, digestToUint64, noneHash } from '../../../../src/vllm/block-hash.ts'
import { listenForKvEvents, replayKvEvents } from '../../../support/kv-listener.ts'
import { chat, startFleet, words } from '../../../support/simulated-fleet.ts'

const options: KvPublisherOptions = {
  host: '127.0.0.1',
  port: 0,
  replayPort: 0,
  topic: 'kv',
  form: 'map',
  bufferSteps: 3,
  nowSeconds: () => 1.5,
  log: silentLog,
}
const completions = '/v1/completions'

t.test('a subscriber gets topic, consecutive sequence numbers and the payload', async (t) => {
  const publisher = await createKvPublisher(options)
  t.teardown(() => publisher.close())
  const listener = await listenForKvEvents(t, publisher.endpoint)
  // A subscription takes its time to arrive: publish until something comes through.
  let arrived = false
  const first = listener.next().finally(() => (arrived = true))
  for (; !arrived; await new Promise((resolve) => setImmediate(resolve))) publisher.publish([{ kind: 'cleared' }])
  const { topic, sequence, events } = await first
  t.equal(topic, 'kv')
  t.strictSame(events, [{ kind: 'cleared' }])
  publisher.publish([])
  t.equal((await listener.next()).sequence, Number(sequence) + 1)
})

t.test('a replay starts where asked, keeps the newest batches only, and ends with the marker', async (t) => {
  const publisher = await createKvPublisher(options)
  t.teardown(() => publisher.close())
  for (let i = 0; i < 5; i++) publisher.publish([{ kind: 'cleared' }])
  const sequences = async (start: number) =>
    (await replayKvEvents(t, publisher.replayEndpoint, start)).map(({ sequence }) => sequence)
  t.strictSame(await sequences(3), [3, 4, 'end'])
  t.strictSame(await sequences(0), [2, 3, 4, 'end'])
  t.strictSame(await sequences(9), ['end'])
})

t.test('a taken port is an error that names it', async (t) => {
  const first = await createKvPublisher(options)
  t.teardown(() => first.close())
  const port = Number(first.endpoint.split(':').at(-1))
  await t.rejects(createKvPublisher({ ...options, port }), { code: 'PORT_IN_USE', message: new RegExp(`:${port}`) })
})

t.test('a prompt raises BlockStored with its tokens, chained hashes and parent', async (t) => {
  const { fleet, post } = await startFleet(t)
  const [member] = fleet.replicas
  const listener = await listenForKvEvents(t, member?.kvEvents ?? '')
  const prompt = words(40)
  await (await post(completions, { prompt, max_tokens: 1 })).text()
  const tokens = encodeText(prompt)
  const first = blockDigest(noneHash(), tokens.slice(0, 16), undefined)
  const second = blockDigest(first, tokens.slice(16, 32), undefined)
  const { sequence, events } = await listener.next()
  t.equal(sequence, 0)
  t.strictSame(events, [
    {
      kind: 'stored',
      hashes: [first, second].map(digestToUint64),
      parent: undefined,
      tokens: tokens.slice(0, 32),
      blockTokens: 16,
      loraId: undefined,
      loraName: undefined,
      medium: 'GPU',
      extraKeys: [undefined, undefined],
      group: 0,
      specKind: 'full_attention',
      slidingWindow: undefined,
      locality: undefined,
    },
  ])
  await (await post(completions, { prompt: prompt + words(24), max_tokens: 1 })).text()
  t.match((await listener.next()).events, [{ kind: 'stored', hashes: { length: 2 }, parent: digestToUint64(second) }])
})

t.test('generated blocks are stored too, adapters and salts show in the keys', async (t) => {
  const { fleet, post } = await startFleet(t, { loras: ['sql'], kvHashes: 'bytes', kvEventsFormat: 'array' })
  const listener = await listenForKvEvents(t, fleet.replicas[0]?.kvEvents ?? '')
  const request = { prompt: words(32), max_tokens: 17, ignore_eos: true, model: 'sql', cache_salt: 'pepper' }
  await (await post(completions, request)).text()
  const prompt = await listener.next()
  t.match(prompt.events, [
    {
      hashes: [/^[0-9a-f]{64}$/, /^[0-9a-f]{64}$/],
      loraId: 1,
      loraName: 'sql',
      extraKeys: [['sql', 'pepper'], ['sql']],
    },
  ])
  const [promptEvent] = prompt.events
  const parent = promptEvent?.kind === 'stored' ? promptEvent.hashes[1] : undefined
  t.match(await listener.next(), {
    sequence: 1,
    events: [{ kind: 'stored', hashes: { length: 1 }, parent, tokens: { length: 16 } }],
  })
})

t.test('evicted blocks raise BlockRemoved, each with a hash stored before', async (t) => {
  const { fleet, post } = await startFleet(t, { kvBlocks: 4 })
  const listener = await listenForKvEvents(t, fleet.replicas[0]?.kvEvents ?? '')
  for (const word of ['tea', 'oak']) await (await post(completions, { prompt: words(48, word), max_tokens: 1 })).text()
  const [first, second] = [await listener.next(), await listener.next()]
  const stored = first.events.flatMap((event) => (event.kind === 'stored' ? event.hashes : []))
  const removed = second.events.flatMap((event) => (event.kind === 'removed' ? event.hashes : []))
  t.equal(stored.length, 3)
  t.ok(removed.length > 0 && removed.every((hash) => stored.includes(hash)))
})

t.test(
  'a reset of the prefix cache raises AllBlocksCleared with the next step, and is refused while blocks are held',
  async (t) => {
    const { fleet, url, post } = await startFleet(t)
    const listener = await listenForKvEvents(t, fleet.replicas[0]?.kvEvents ?? '')
    const reset = async (): Promise<unknown> => (await fetch(`${url}/reset_prefix_cache`, { method: 'POST' })).json()
    await (await post(completions, { prompt: words(32), max_tokens: 1 })).text()
    await listener.next()
    t.strictSame(await reset(), { success: true })
    await (await post(completions, { prompt: words(32), max_tokens: 1 })).text()
    t.match(await listener.next(), { sequence: 1, events: [{ kind: 'cleared' }, { kind: 'stored' }] })
    const running = await post('/v1/chat/completions', chat('hello', { stream: true, ignore_eos: true }))
    await running.body?.getReader().read()
    t.strictSame(await reset(), { success: false })
  },
)

t.test('kv_event_sources names the sockets by rank', async (t) => {
  const { fleet, getJson } = await startFleet(t)
  const [member] = fleet.replicas
  t.match(await getJson('/kv_event_sources'), {
    '0': {
      publisher: 'zmq',
      endpoint: member?.kvEvents,
      replay_endpoint: member?.replay,
      topic: '',
      buffer_steps: 10_000,
      hwm: 100_000,
      max_queue_size: 100_000,
    },
  })
})
