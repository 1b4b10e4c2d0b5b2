import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { blockDigest, digestToUint64, noneHash, type BlockDigest } from '../../../src/vllm/block-hash.ts'
import type { BlockStored } from '../../../src/vllm/kv-events.ts'
import { answerShape, literalWords, recordAnswer, refusalWords, tokenCounts } from '../../support/answer-shape.ts'
import { metricDifferences, readMetrics } from '../../support/metrics-page.ts'
import { until } from '../../support/simulated-fleet.ts'
import { pythonBin } from '../parts/python-part.ts'
import { requirePart } from '../parts/require-part.ts'
import { vllm } from '../parts/vllm.ts'
import { run } from '../run.ts'
import { answers, chats, facts, type HttpCase, refusals, send, toolChats, toolRefusals } from './cases.ts'
import { countedTotals } from './counters.ts'
import { eventLines, replayFrom, type ReplayedBatch } from './events.ts'
import { complete, playCacheScript, resetCache } from './script.ts'
import { startReal, startSimulated, type Target } from './servers.ts'
import { kvTopic, toolFlags } from './start.ts'

// The same requests to a real vLLM and to a simulated replica. What differs on purpose is in test/e2e/README.md.

const cache = await requirePart(vllm)
const begun = performance.now()
/** The first with vLLM's own hash seed, which the simulation has too; the second with PYTHONHASHSEED=0, and tools. */
const [[plain], [seeded]] = await Promise.all([
  startReal(t, 1, { cache }),
  startReal(t, 1, { cache, hashSeed: '0', more: toolFlags }),
])
t.comment(`two servers ready in ${Math.round((performance.now() - begun) / 1000)} s`)
if (plain === undefined || seeded === undefined) throw new Error('no server was started')
const fleet = await startSimulated(t)
const [member] = fleet.replicas
if (member === undefined) throw new Error('the fleet is empty')
const real: Target = plain
const simulated: Target = member
const both = [real, simulated] as const

async function agree(
  t: Test,
  cases: readonly HttpCase[],
  literal: readonly string[],
  targets: readonly { readonly url: string }[] = both,
): Promise<void> {
  for (const target of targets) await resetCache(target.url)
  for (const one of cases) {
    const [expected, found] = await Promise.all(
      targets.map(async ({ url }) => answerShape(await recordAnswer(await send(url, one)), literal)),
    )
    t.strictSame(found, expected, one.name)
  }
}

t.test('completions have the same status, headers, framing, fields and token counts', (t) =>
  agree(t, answers, [...literalWords, ...tokenCounts]),
)
t.test('chats have the same status, headers, framing and fields', (t) => agree(t, chats, literalWords))
t.test('what a server tells of itself, and the tokenizer, have the same fields', (t) => agree(t, facts, literalWords))
t.test('refusals have the same status, type, param and code', (t) => agree(t, refusals, refusalWords))
t.test('tools are called, left alone and refused alike', async (t) => {
  const targets = [seeded, simulated]
  await agree(t, toolChats, literalWords, targets)
  await agree(t, toolRefusals, refusalWords, targets)
})

t.test('a vLLM without a tool parser refuses tools, which the simulation never does', async (t) => {
  for (const one of toolChats.filter(({ name }) => /named tool|required tool|may be used/.test(name))) {
    const refused = await send(plain.url, one)
    t.match(await refused.json(), { error: { type: 'BadRequestError', param: null, code: 400 } }, one.name)
  }
})

t.test('the cache hits, stores, evicts and is reset alike, event by event, hash by hash', async (t) => {
  const played: { readonly counts: readonly string[]; readonly batches: readonly ReplayedBatch[] }[] = []
  for (const { url, replay } of both) {
    await resetCache(url)
    await complete(url, { prompt: [9], max_tokens: 1 })
    const before = await settled(replay, 0)
    const told = await playCacheScript(url)
    const batches = await settled(replay, before.length)
    t.equal(batches[0]?.sequence, before.length, 'sequence numbers go on from 0 without a gap')
    t.ok(batches.every(({ topic, batch }) => topic === kvTopic && batch.rank === 0))
    played.push({ counts: told, batches })
  }
  const [expected, found] = played
  t.strictSame(found?.counts, expected?.counts, 'prompt, answer and cached tokens')
  t.strictSame(eventLines(found?.batches ?? []), eventLines(expected?.batches ?? []), 'events in order')
  t.strictSame(stepsThatForget(found?.batches ?? []), stepsThatForget(expected?.batches ?? []), 'events by engine step')
})

/** Replayed from `start` on, once two replays in a row say the same: the publisher sends from a thread of its own. */
async function settled(replay: string, start: number): Promise<readonly ReplayedBatch[]> {
  for (let before = await replayFrom(replay, start); ;) {
    await new Promise((resolve) => setTimeout(resolve, 300))
    const now = await replayFrom(replay, start)
    if (now.length === before.length) return now
    before = now
  }
}

/** Whether the prompts of one request are stored in one step or in two is a matter of timing. */
const stepsThatForget = (batches: readonly ReplayedBatch[]): readonly string[] =>
  batches
    .map(({ batch }) => batch.events.map(({ kind }) => kind).join(' '))
    .filter((kinds) => kinds.includes('removed') || kinds.includes('cleared'))

t.test("vLLM's own structs decode what the simulation sends", { timeout: 120_000 }, async (t) => {
  const batches = await settled(simulated.replay, 0)
  const input = batches.map(({ payload }) => Buffer.from(payload).toString('hex')).join('\n')
  const script = fileURLToPath(new URL('decode-events.py', import.meta.url))
  const decoded = (await run(pythonBin(cache, vllm), [script], { input: `${input}\n` })).trim().split('\n')
  t.equal(decoded.length, batches.length)
  const kinds = decoded.map((line) => [...line.matchAll(/"type":"(\w+)"/g)].map(([, kind]) => kind).join(' '))
  const names = { stored: 'BlockStored', removed: 'BlockRemoved', cleared: 'AllBlocksCleared' }
  t.strictSame(
    kinds,
    batches.map(({ batch }) => batch.events.map(({ kind }) => names[kind]).join(' ')),
  )
})

for (const [name, replay, seed] of [
  ['its own seed', real.replay, undefined],
  ['PYTHONHASHSEED=0', seeded.replay, '0'],
] as const) {
  t.test(`every block hash of vLLM with ${name} can be computed, answers included`, async (t) => {
    const url = replay === real.replay ? real.url : seeded.url
    await complete(url, { prompt: Array.from({ length: 70 }, (_, i) => i), max_tokens: 70, cache_salt: 'pepper' })
    const digests = new Map<bigint, BlockDigest>()
    let wrong = 0
    for (const { batch } of await settled(replay, 0)) {
      for (const event of batch.events)
        if (event.kind === 'stored') wrong += wrongHashes(event, digests, noneHash(seed))
    }
    t.ok(digests.size > 3, `${digests.size} blocks`)
    t.equal(wrong, 0)
  })
}

/** How many hashes of the event are not what its tokens give; notes the digests of the others. */
function wrongHashes(event: BlockStored, digests: Map<bigint, BlockDigest>, none: BlockDigest): number {
  let parent = typeof event.parent === 'bigint' ? digests.get(event.parent) : none
  let wrong = 0
  event.hashes.forEach((hash, i) => {
    const tokens = event.tokens.slice(i * event.blockTokens, (i + 1) * event.blockTokens)
    const salts = event.extraKeys?.[i]?.map((salt) => ['cache_salt', String(salt)] as const)
    const digest = blockDigest(parent ?? none, tokens, salts)
    if (digestToUint64(digest) !== hash) wrong++
    else digests.set(hash, digest)
    parent = digest
  })
  return wrong
}

t.test('every metric of the simulation is in vLLM, with its type, labels and buckets', async (t) => {
  const [expected, found] = await Promise.all(both.map(({ url }) => readMetrics(url)))
  if (expected === undefined || found === undefined) return
  t.strictSame(metricDifferences(expected, found), [])
})

t.test('counters and histograms grow alike', async (t) => {
  const [expected, found] = await Promise.all(both.map(({ url }) => countedTotals(url)))
  t.strictSame(found, expected)
})

t.test('a client that leaves ends its request at once, and counts nowhere', async (t) => {
  for (const { name, url } of both) {
    const finished = async () => (await readMetrics(url)).total('vllm:request_success_total')
    const before = await finished()
    const leaving = new AbortController()
    const body = JSON.stringify({ model: 'tiny', prompt: [7, 8], max_tokens: 1900, ignore_eos: true, stream: true })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/v1/completions`, { method: 'POST', headers, body, signal: leaving.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    t.equal((await (await fetch(`${url}/reset_prefix_cache`, { method: 'POST' })).text()).includes('false'), true, name)
    leaving.abort()
    await reader?.read().catch(() => undefined)
    let running: number | undefined = 1
    const leftAt = performance.now()
    while (running !== 0) running = (await readMetrics(url)).total('vllm:num_requests_running')
    // 1,900 tokens take seconds.
    t.ok(performance.now() - leftAt < 1500, `${name}: idle soon`)
    t.equal(await finished(), before, name)
  }
})

t.test('an idle connection is closed after 5 s', async (t) => {
  const idleMs = async (url: string): Promise<number> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')
    const answeredAt = performance.now()
    await once(socket, 'end')
    socket.destroy()
    return performance.now() - answeredAt
  }
  for (const [i, ms] of (await Promise.all(both.map(({ url }) => idleMs(url)))).entries()) {
    t.ok(ms > 4500 && ms < 6500, `${both[i]?.name}: ${Math.round(ms)} ms`)
  }
})

t.test('on SIGTERM with a drain time streams go on, token ids are aborted, text is a 500, health is 200', async (t) => {
  const stopped: Promise<void>[] = []
  const stops = [() => plain.process.stop(60_000), () => fleet.stop(AbortSignal.timeout(60_000))]
  const seen: unknown[] = []
  for (const [i, { url }] of both.entries()) {
    let streamed = ''
    const body = { prompt: [7, 8], max_tokens: 1500, stream: true }
    const streaming = fetchStream(url, body, (text) => (streamed += text))
    await until(() => streamed.length > 0)
    stopped.push(stops[i]?.() ?? Promise.resolve())
    const shape = async (one: HttpCase) => answerShape(await recordAnswer(await send(url, one)), refusalWords)
    const ids = { name: 'ids', path: '/v1/completions', body: { prompt: [1, 2], max_tokens: 2 } }
    // The signal takes its time to arrive.
    let aborted = await shape(ids)
    while (!JSON.stringify(aborted).includes('"abort"')) aborted = await shape(ids)
    const text = await shape({ name: 'text', path: '/v1/completions', body: { prompt: 'hi', max_tokens: 2 } })
    const chat = await shape({ name: 'chat', path: '/v1/chat/completions', body: { messages: [user], max_tokens: 2 } })
    const health = await shape({ name: 'health', path: '/health' })
    await streaming
    t.ok(streamed.endsWith('data: [DONE]\n\n'))
    seen.push({ aborted, text, chat, health, finish: /"finish_reason":"(\w+)"/.exec(streamed)?.[1] })
  }
  await Promise.all(stopped)
  t.strictSame(seen[1], seen[0])
  for (const { url } of both) await t.rejects(fetch(`${url}/health`))
})

const user = { role: 'user', content: 'hi' }

async function fetchStream(url: string, body: object, hear: (text: string) => void): Promise<void> {
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'tiny', ignore_eos: true, ...body }),
  })
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) hear(text)
}
