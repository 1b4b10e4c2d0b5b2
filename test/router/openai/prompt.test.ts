import fc from 'fast-check'
import t from 'tap'
import type { PromptShape } from '../../../router/openai/api.ts'
import type { JsonObject } from '../../../router/openai/json.ts'
import { promptOf } from '../../../router/openai/prompt.ts'

const bytesOf = (shape: PromptShape, body: JsonObject) => Buffer.from(promptOf(shape, body, 64).bytes)
const same = (a: Buffer, b: Buffer) => a.equals(b)
const startsWith = (long: Buffer, short: Buffer) => long.subarray(0, short.length).equals(short)

const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text: fc.string({ unit: 'binary' }) }),
  fc.record({ type: fc.constant('image_url'), image_url: fc.record({ url: fc.webUrl() }) }),
)
const content = fc.oneof(fc.string({ unit: 'binary' }), fc.array(part, { maxLength: 3 }), fc.constant(null))
const call = fc.record({
  id: fc.string(),
  type: fc.constant('function'),
  function: fc.record({ name: fc.string(), arguments: fc.json() }),
})
const message = fc.record(
  {
    role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
    content,
    tool_calls: fc.array(call, { maxLength: 2 }),
    tool_call_id: fc.string(),
  },
  { requiredKeys: ['role'] },
)
const messages = fc.array(message, { maxLength: 5 })
const tools = fc.option(
  fc.array(fc.record({ type: fc.constant('function'), function: fc.object() }), { maxLength: 2 }),
  { nil: undefined },
)

for (const [shape, field] of [
  ['chat', 'messages'],
  ['messages', 'messages'],
  ['responses', 'input'],
] as const) {
  t.test(`${shape}: a conversation that goes on starts with the bytes it had before`, (t) => {
    const law = fc.property(messages, messages, tools, (before, more, given) => {
      const short = bytesOf(shape, { tools: given, [field]: before })
      return startsWith(bytesOf(shape, { tools: given, [field]: [...before, ...more] }), short)
    })
    t.doesNotThrow(() => fc.assert(law))
    t.end()
  })
}

t.test('completions: a longer text starts with the bytes of the shorter', (t) => {
  const law = fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (head, rest) =>
    startsWith(bytesOf('completions', { prompt: head + rest }), bytesOf('completions', { prompt: head })),
  )
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})

t.test('different conversations of texts have different bytes', (t) => {
  const simple = fc.array(
    fc.record({
      role: fc.constantFrom('user', 'assistant'),
      content: fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\u0000', 'user') }),
    }),
    { maxLength: 3 },
  )
  const law = fc.property(simple, simple, (a, b) => {
    fc.pre(JSON.stringify(a) !== JSON.stringify(b))
    return !same(bytesOf('chat', { messages: a }), bytesOf('chat', { messages: b }))
  })
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})

t.test('a text reads the same as a string and as parts, which vLLM joins with newlines', (t) => {
  const asString = bytesOf('chat', { messages: [{ role: 'user', content: 'hello' }] })
  const asParts = bytesOf('chat', { messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] })
  t.ok(same(asString, asParts))
  const parts = ['a', 'b'].map((one) => ({ type: 'text', text: one }))
  const joined = bytesOf('chat', { messages: [{ role: 'user', content: 'a\nb' }] })
  t.ok(same(bytesOf('chat', { messages: [{ role: 'user', content: parts }] }), joined))
  t.end()
})

t.test('Anthropic and OpenAI chats with the same system text and turns read the same', (t) => {
  const turns = [{ role: 'user', content: 'hello' }]
  const anthropic = bytesOf('messages', { system: [{ type: 'text', text: 'be kind' }], messages: turns })
  t.ok(same(anthropic, bytesOf('chat', { messages: [{ role: 'system', content: 'be kind' }, ...turns] })))
  t.ok(same(anthropic, bytesOf('responses', { instructions: 'be kind', input: 'hello' })))
  t.end()
})

t.test('a cache_control marker that moves on leaves the bytes alone', (t) => {
  const result = { type: 'tool_result', tool_use_id: 'a', content: 'done' }
  const marked = { ...result, cache_control: { type: 'ephemeral' } }
  const of = (one: object) => bytesOf('messages', { messages: [{ role: 'user', content: [one] }] })
  t.ok(same(of(marked), of(result)))
  t.end()
})

t.test('images are told apart by their data, which stands in as a digest', (t) => {
  const of = (data: string) =>
    bytesOf('chat', {
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }] },
      ],
    })
  const one = of('A'.repeat(100_000))
  const other = of(`${'A'.repeat(99_999)}B`)
  t.notOk(same(one, other))
  t.ok(one.length < 200)
  t.end()
})

t.test('token ids take 4 bytes each, and their number is known', (t) => {
  t.strictSame(promptOf('completions', { prompt: [1, 2, 300] }, 0).tokens, 3)
  t.equal(promptOf('completions', { prompt: [[1, 2], [3]] }, 0).tokens, 3)
  t.equal(promptOf('tokens', { token_ids: [1, 2] }, 0).bytes.length, 8)
  t.equal(promptOf('completions', { prompt: 'text' }, 0).tokens, undefined)
  t.end()
})

t.test('a body that nests deeper than the stack still has bytes', (t) => {
  const deep: unknown = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
  t.ok(bytesOf('chat', { tools: [{ deep }], messages: [] }).length > 0)
  t.end()
})

t.test('whatever JSON stands where the prompt should be, there are bytes and no throw', (t) => {
  const shapes = fc.constantFrom<PromptShape>('chat', 'completions', 'responses', 'messages', 'tokens')
  const law = fc.property(shapes, fc.jsonValue(), fc.jsonValue(), (shape, one, two) => {
    const body = {
      messages: [one, two],
      prompt: one,
      input: one,
      system: two,
      instructions: two,
      token_ids: one,
      tools: two,
    }
    promptOf(shape, body, 10)
    promptOf(shape, { messages: one, input: two, prompt: two }, 0)
  })
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})
