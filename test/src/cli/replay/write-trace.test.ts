import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { chooseTrace } from '../../../../src/cli/replay/choose-trace.ts'
import { readTrace } from '../../../../src/cli/replay/read-trace.ts'
import type { Trace, TraceRequest } from '../../../../src/cli/replay/trace.ts'
import { mooncakeText, writeMooncake } from '../../../../src/cli/replay/write-trace.ts'

const traceOf = (requests: readonly TraceRequest[]): Trace => ({ name: 'some.jsonl', requests, skippedLines: 0 })

const span = fc.record({ id: fc.integer({ min: 0, max: 3 }), tokens: fc.integer({ min: 1, max: 1300 }) })
const request = fc
  .record({
    gapMs: fc.nat(1000),
    prompt: fc.array(span, { minLength: 1, maxLength: 4 }),
    output: span,
    known: fc.boolean(),
    sessionId: fc.option(fc.string(), { nil: undefined }),
  })
  .map(({ gapMs, prompt, output, known, sessionId }) => ({
    gapMs,
    promptTokens: prompt.reduce((sum, { tokens }) => sum + tokens, 0),
    outputTokens: output.tokens,
    content: known ? [...prompt, output] : prompt,
    ...(sessionId === undefined ? {} : { sessionId }),
  }))

t.test('a trace written as Mooncake JSONL reads back the same', async (t) => {
  const path = join(t.testdir({}), 'some.jsonl')
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 5 }), async (made) => {
      let nowMs = 0
      const requests = made.map(({ gapMs, ...rest }, index) => ({ ...rest, atMs: index === 0 ? 0 : (nowMs += gapMs) }))
      await writeMooncake(traceOf(requests), path)
      t.same(await readTrace(path, { skipBadLines: false }), traceOf(requests))
    }),
    { numRuns: 100 },
  )
})

function hashIds(...contents: readonly (readonly [number, number][])[]): readonly unknown[] {
  const requests = contents.map((content) => ({
    atMs: 0,
    promptTokens: content.reduce((sum, [, tokens]) => sum + tokens, 0),
    outputTokens: 1,
    content: content.map(([id, tokens]) => ({ id, tokens })),
  }))
  const lines = mooncakeText(traceOf(requests)).trim().split('\n')
  return lines.map((line): unknown => JSON.parse(/"hash_ids":(\[[^\]]*\])/.exec(line)?.[1] ?? 'null'))
}

t.test('hash_ids are shared by prompts in whole 512-token blocks, the partial last one by equal prompts only', (t) => {
  const first: [number, number][] = [
    [1, 1000],
    [2, 100],
  ]
  const [a, b, c, d] = hashIds(
    first,
    [
      [1, 1000],
      [3, 100],
    ],
    first,
    [
      [1, 1000],
      [2, 99],
    ],
  )
  t.same(a, [0, 1, 2])
  t.same(b, [0, 3, 4])
  t.same(c, a)
  t.same(d, [0, 1, 5])
  t.end()
})

t.test('content cut in 512-token blocks keeps its ids and needs no further key', (t) => {
  const content = [
    { id: 40, tokens: 512 },
    { id: 41, tokens: 7 },
  ]
  const text = mooncakeText(traceOf([{ atMs: 0, promptTokens: 519, outputTokens: 3, content }]))
  t.equal(text, '{"timestamp":0,"input_length":519,"output_length":3,"hash_ids":[40,41]}\n')
  t.end()
})

const shipped = [
  { file: 'shared-prefix.jsonl', workload: 'w0', rate: undefined },
  { file: 'hot-prefix.jsonl', workload: 'hot-prefix', rate: undefined },
  { file: 'multi-turn.jsonl', workload: 'multi-turn', rate: 2 },
]

for (const { file, workload, rate } of shipped) {
  const command = `warmpath replay --workload ${workload}${rate === undefined ? '' : ` --rate ${rate}`} --limit 300 --write-trace ${file}`
  t.test(`test/fixtures/traces/${file} is what "${command}" writes, and under 100 kB`, async (t) => {
    const text = readFileSync(new URL(`../../../fixtures/traces/${file}`, import.meta.url), 'utf8')
    const trace = await chooseTrace({ path: undefined, workload, rate, limit: 300, seed: 1, skipBadLines: false })
    t.equal(mooncakeText(trace) === text, true)
    t.ok(text.length < 100_000)
  })
}
