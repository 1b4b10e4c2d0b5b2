import fc from 'fast-check'
import t from 'tap'
import { mooncakeFormat } from '../../../../src/cli/replay/mooncake.ts'

const good = { timestamp: 12, input_length: 1030, output_length: 5, hash_ids: [7, 8, 9] }
const parse = (value: unknown) => mooncakeFormat.parseLine(JSON.stringify(value), 1)

t.test('a Mooncake line becomes a request whose last block holds what is left of the prompt', (t) => {
  t.same(parse(good), {
    kind: 'request',
    request: {
      atMs: 12,
      promptTokens: 1030,
      outputTokens: 5,
      content: [
        { id: 7, tokens: 512 },
        { id: 8, tokens: 512 },
        { id: 9, tokens: 6 },
      ],
    },
  })
  t.end()
})

t.test('a Mooncake line with an output of 0 counts as one token', (t) => {
  t.match(parse({ ...good, output_length: 0 }), { request: { outputTokens: 1 } })
  t.end()
})

t.test('a Mooncake line may name its session and say its content more finely', (t) => {
  const line = {
    ...good,
    session_id: 's1',
    content: [
      [1, 1000],
      [2, 30],
      [3, 5],
    ],
  }
  t.match(parse(line), {
    request: {
      sessionId: 's1',
      content: [
        { id: 1, tokens: 1000 },
        { id: 2, tokens: 30 },
        { id: 3, tokens: 5 },
      ],
    },
  })
  t.end()
})

t.test('an empty line is no request and no fault', (t) => {
  t.same(mooncakeFormat.parseLine(' ', 1), { kind: 'empty' })
  t.end()
})

const faults: readonly [string, unknown, RegExp][] = [
  ['a timestamp below 0', { ...good, timestamp: -1 }, /^timestamp is -1, expected milliseconds/],
  ['a timestamp in words', { ...good, timestamp: '12' }, /^timestamp is "12"/],
  ['no timestamp', { ...good, timestamp: undefined }, /^timestamp is missing/],
  ['a negative input_length', { ...good, input_length: -5 }, /^input_length is -5, expected a whole number from 1 /],
  ['an input_length of 0', { ...good, input_length: 0 }, /^input_length is 0/],
  ['a broken number of tokens', { ...good, input_length: 10.5 }, /^input_length is 10\.5/],
  ['an input_length beyond any model', { ...good, input_length: 1e12 }, /^input_length is 1000000000000/],
  ['a negative output_length', { ...good, output_length: -1 }, /^output_length is -1/],
  ['NaN, which JSON writes as null', { ...good, output_length: Number.NaN }, /^output_length is null/],
  ['no hash_ids', { ...good, hash_ids: undefined }, /^hash_ids is missing/],
  ['hash_ids of text', { ...good, hash_ids: ['a', 'b', 'c'] }, /^hash_ids is \["a","b","c"\]/],
  ['too few hash_ids', { ...good, hash_ids: [7, 8] }, /^hash_ids is "2 ids", expected 3 \(one per 512 tokens/],
  ['too many hash_ids', { ...good, hash_ids: [7, 8, 9, 10] }, /^hash_ids is "4 ids", expected 3/],
  ['a session_id that is no text', { ...good, session_id: 4 }, /^session_id is 4/],
  [
    'content that sums to something else',
    { ...good, content: [[1, 1000]] },
    /^content is \[\[1,1000\]\], expected pairs .*1030 or 1035/,
  ],
  ['content that is no pairs', { ...good, content: [[1, 1000, 30]] }, /^content is/],
  [
    'content with an empty span',
    {
      ...good,
      content: [
        [1, 1030],
        [2, 0],
      ],
    },
    /^content is/,
  ],
  ['a list', [good], /^the line is .*, expected a JSON object/],
  ['null', null, /^the line is/],
]

for (const [name, value, why] of faults) {
  t.test(`a Mooncake line with ${name} is broken, and says what was found and expected`, (t) => {
    const line = parse(value)
    t.equal(line.kind, 'broken')
    t.match(line.kind === 'broken' && line.why, why)
    t.end()
  })
}

t.test('whatever a Mooncake line holds, parsing gives a sound request or a reason of one short line', (t) => {
  const field = (sane: fc.Arbitrary<unknown>) => fc.oneof({ weight: 5, arbitrary: sane }, fc.anything())
  const nearMiss = fc.record(
    {
      timestamp: field(fc.nat()),
      input_length: field(fc.integer({ min: 1, max: 1500 })),
      output_length: field(fc.nat(9)),
      hash_ids: field(fc.array(fc.nat(), { maxLength: 3 })),
      session_id: field(fc.string()),
      content: field(fc.array(fc.tuple(fc.nat(), fc.nat(600)), { maxLength: 3 })),
    },
    { requiredKeys: ['timestamp', 'input_length', 'output_length', 'hash_ids'] },
  )
  const asJson = nearMiss.map((value) =>
    JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? 1 : part)),
  )
  fc.assert(
    fc.property(fc.oneof(asJson, fc.string(), fc.json()), (line) => {
      const parsed = mooncakeFormat.parseLine(line, 1)
      if (parsed.kind === 'broken') return parsed.why.length < 200 && !parsed.why.includes('\n')
      if (parsed.kind === 'empty') return line.trim() === ''
      const { promptTokens, outputTokens, content } = parsed.request
      const described = content.reduce((sum, { tokens }) => sum + tokens, 0)
      return promptTokens >= 1 && outputTokens >= 1 && [promptTokens, promptTokens + outputTokens].includes(described)
    }),
    { numRuns: 2000 },
  )
  t.end()
})
