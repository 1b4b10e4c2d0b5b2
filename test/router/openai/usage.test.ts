import fc from 'fast-check'
import t from 'tap'
import { answerKind, type AnswerKind, AnswerReader } from '../../../router/openai/usage.ts'

const event = (data: unknown, name?: string) =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
const token = (content: string) => ({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const usage = {
  prompt_tokens: 120,
  total_tokens: 123,
  completion_tokens: 3,
  prompt_tokens_details: { cached_tokens: 64 },
}
const chat =
  event({ choices: [{ delta: { role: 'assistant', content: '' } }] }) +
  event(token('He said "usage":{"prompt_tokens":1} and "finish_reason":"abort"')) +
  event({ choices: [{ delta: {}, finish_reason: 'stop' }] }) +
  event({ choices: [], usage }) +
  'data: [DONE]\n\n'

function read(kind: AnswerKind, chunks: readonly Uint8Array[]) {
  const reader = new AnswerReader(kind)
  const firsts = chunks.map((chunk) => reader.push(chunk))
  return { firstAt: firsts.indexOf(true), firsts: firsts.filter(Boolean).length, facts: reader.facts() }
}

const readText = (kind: AnswerKind, text: string) => read(kind, [Buffer.from(text)])

/** `text` in pieces that end at the given places. */
function cut(text: string, places: readonly number[]): readonly Uint8Array[] {
  const bytes = Buffer.from(text)
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
}

t.test('a chat stream tells usage, finish reason and its end', (t) => {
  const { facts, firsts } = readText('events', chat)
  t.strictSame(facts, {
    promptTokens: 120,
    outputTokens: 3,
    cachedTokens: 64,
    finishReason: 'stop',
    streamEvents: chat.split('\n\n').length - 1,
    error: false,
    done: true,
  })
  t.equal(firsts, 1)
  t.end()
})

t.test('however a stream is cut into chunks, the facts are the same and the first token comes once', (t) => {
  const long = event(token('x'.repeat(40_000)))
  const streams = [
    chat,
    chat.replaceAll('\n', '\r\n'),
    `: ping\n\n${chat}`,
    long + chat,
    chat + event({ error: { message: 'boom' } }),
  ]
  const law = fc.property(fc.constantFrom(...streams), fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
    const whole = readText('events', text)
    const parts = read('events', cut(text, places))
    return parts.firsts === 1 && JSON.stringify(parts.facts) === JSON.stringify(whole.facts)
  })
  t.doesNotThrow(() => fc.assert(law, { numRuns: 500 }))
  t.end()
})

t.test('the first token is in the chunk that completes its line', (t) => {
  const parts = ['data: {"choices":[{"delta', '":{"content":"a"}}]}', '\n\n', 'data: {}\n\n']
  t.equal(
    read(
      'events',
      parts.map((text) => Buffer.from(text)),
    ).firstAt,
    2,
  )
  t.end()
})

t.test('events that only announce an answer are no token', (t) => {
  const opening = [
    event({ type: 'response.created' }, 'response.created'),
    event({ type: 'response.in_progress' }, 'response.in_progress'),
    ': ping\n\n',
    'data: [DONE]\n\n',
    event({ error: { message: 'x' } }),
    event({ type: 'message_start' }, 'message_start'),
  ]
  t.equal(
    read(
      'events',
      opening.map((text) => Buffer.from(text)),
    ).firstAt,
    -1,
  )
  const delta = event({ type: 'response.output_text.delta', delta: 'a' }, 'response.output_text.delta')
  t.equal(
    read(
      'events',
      [...opening, delta].map((text) => Buffer.from(text)),
    ).firstAt,
    opening.length,
  )
  t.end()
})

t.test('an error event under HTTP 200 is seen, in both shapes', (t) => {
  t.equal(readText('events', event(token('a')) + event({ error: { message: 'x' } })).facts.error, true)
  t.equal(readText('events', event({ type: 'error', error: {} }, 'error')).facts.error, true)
  t.equal(readText('events', event(token('{"error":'))).facts.error, false)
  t.end()
})

t.test('a JSON answer tells usage and finish reason, and its first chunk counts as the first token', (t) => {
  const body = JSON.stringify({
    choices: [{ message: { content: 'hi' }, finish_reason: 'length', stop_reason: null }],
    usage,
  })
  const { facts, firstAt } = readText('json', body)
  t.match(facts, { promptTokens: 120, outputTokens: 3, cachedTokens: 64, finishReason: 'length', done: false })
  t.equal(firstAt, 0)
  t.end()
})

t.test('usage is found at the end of a long JSON answer', (t) => {
  const body = JSON.stringify({ choices: [{ message: { content: 'x'.repeat(5_000_000) } }], usage })
  t.equal(readText('json', body).facts.cachedTokens, 64)
  const more = JSON.stringify({ usage, kv_transfer_params: { usage: null, kind: 'usage' } })
  t.equal(readText('json', more).facts.cachedTokens, 64)
  t.end()
})

t.test('the Responses and Anthropic dialects are read', (t) => {
  const responses = {
    response: { usage: { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 2 } },
  }
  t.match(readText('events', event(responses, 'response.completed')).facts, {
    promptTokens: 9,
    cachedTokens: 4,
    outputTokens: 2,
  })
  const anthropic = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: 9, cache_read_input_tokens: 5, output_tokens: 2 },
  }
  t.match(readText('events', event(anthropic, 'message_delta')).facts, { cachedTokens: 5, finishReason: 'end_turn' })
  t.end()
})

t.test('usage that is not reported is absent, not 0', (t) => {
  const { facts } = readText('json', '{"choices":[],"usage":{"prompt_tokens":5}}')
  t.strictSame(facts, { promptTokens: 5, error: false, done: false })
  t.strictSame(readText('json', '{"usage":null}').facts, { error: false, done: false })
  t.end()
})

t.test('garbage is never thrown at', (t) => {
  const piece = fc.oneof(
    fc.uint8Array(),
    fc.constantFrom('"usage":{', '"usage"', 'data: ', '\n', '}', '{"error":').map((text) => Buffer.from(text)),
  )
  const law = fc.property(
    fc.constantFrom<AnswerKind>('events', 'json', 'opaque'),
    fc.array(piece, { maxLength: 30 }),
    (kind, chunks) => {
      read(kind, chunks)
    },
  )
  t.doesNotThrow(() => fc.assert(law, { numRuns: 500 }))
  t.end()
})

t.test('what is read depends on the type and the encoding', (t) => {
  t.equal(answerKind('text/event-stream; charset=utf-8', undefined), 'events')
  t.equal(answerKind('application/json', 'identity'), 'json')
  t.equal(answerKind('text/event-stream', 'gzip'), 'opaque')
  t.equal(answerKind(undefined, undefined), 'opaque')
  t.end()
})
