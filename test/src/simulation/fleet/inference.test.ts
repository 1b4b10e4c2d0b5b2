import t from 'tap'
import { decodeTokens } from '../../../../src/simulation/fleet/tokenizer.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import {
  answerOf,
  chat,
  eventsOf,
  field,
  startFleet,
  tinyEngine,
  tokenIdsOf,
  until,
  words,
} from '../../../support/simulated-fleet.ts'

const chatPath = '/v1/chat/completions'
const completionsPath = '/v1/completions'

t.test('a chat is answered with a message, a finish reason and usage', async (t) => {
  const { postJson } = await startFleet(t)
  const { status, body } = await postJson(chatPath, chat('hello', { max_tokens: 5, ignore_eos: true }))
  t.equal(status, 200)
  t.match(body, {
    id: /^chatcmpl-[0-9a-f]{16}$/,
    object: 'chat.completion',
    model: 'tiny',
    choices: [
      { index: 0, message: { role: 'assistant', content: /^\w{4}( \w{2,3}\.?){4}$/ }, finish_reason: 'length' },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, prompt_tokens_details: { cached_tokens: 0 } },
  })
})

t.test('an answer that ends by itself says stop, and max_completion_tokens goes before max_tokens', async (t) => {
  const { postJson } = await startFleet(t, { meanOutputTokens: 1 })
  t.match((await postJson(chatPath, chat('hello'))).body, { choices: [{ finish_reason: 'stop' }] })
  const limited = chat('hello', { max_tokens: 9, max_completion_tokens: 3, ignore_eos: true })
  t.match((await postJson(chatPath, limited)).body, { usage: { completion_tokens: 3 } })
})

t.test('min_tokens keeps an answer from ending early', async (t) => {
  const { postJson } = await startFleet(t, { meanOutputTokens: 1 })
  const { body } = await postJson(chatPath, chat('hello', { min_tokens: 20, max_tokens: 30 }))
  t.match(body, { choices: [{ finish_reason: 'stop' }], usage: { completion_tokens: 20 } })
})

t.test('equal prompts get equal answers, on every replica', async (t) => {
  const { fleet, postJson } = await startFleet(t, { replicas: 2 })
  const first = await postJson(chatPath, chat('hello', { max_tokens: 9, return_token_ids: true }))
  const other = await fetch(`${fleet.replicas[1]?.url}${chatPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(chat('hello', { max_tokens: 9, return_token_ids: true })),
  })
  t.strictSame(field(await other.json(), 'choices'), field(first.body, 'choices'))
})

t.test('the second of two equal long prompts reports cached tokens, whole blocks of them', async (t) => {
  const { postJson } = await startFleet(t)
  await postJson(chatPath, chat(words(400), { max_tokens: 1 }))
  const { body } = await postJson(chatPath, chat(words(400), { max_tokens: 1 }))
  t.match(body, { usage: { prompt_tokens: 408, prompt_tokens_details: { cached_tokens: 400 } } })
})

t.test('the next turn of a conversation finds the answer before it cached too', async (t) => {
  const { postJson } = await startFleet(t)
  const first = [{ role: 'user', content: words(40) }]
  const options = { max_tokens: 64, ignore_eos: true, return_token_ids: true }
  const { body } = await postJson(chatPath, { messages: first, ...options })
  t.match(body, { usage: { prompt_tokens: 48, completion_tokens: 64 } })
  const content = answerOf(body)
  const next = [...first, { role: 'assistant', content }, { role: 'user', content: 'more' }]
  // 48 prompt + 63 answer tokens have KV (the last token is never fed back): 6 blocks of 16.
  t.match((await postJson(chatPath, { messages: next, max_tokens: 1 })).body, {
    usage: { prompt_tokens_details: { cached_tokens: 96 } },
  })
})

t.test('without token details usage says nothing of the cache', async (t) => {
  const { postJson, post } = await startFleet(t, { tokenDetails: false })
  t.match((await postJson(chatPath, chat('hello'))).body, { usage: { prompt_tokens_details: null } })
  const stream = await post(chatPath, chat('hello', { stream: true, stream_options: { include_usage: true } }))
  const last = eventsOf(await stream.text()).at(-2)
  t.match(last, { usage: { prompt_tokens: 10 } })
  t.equal(field(field(last, 'usage'), 'prompt_tokens_details'), undefined)
})

t.test('n answers share one prompt and are different texts', async (t) => {
  const { postJson, post } = await startFleet(t)
  const { body } = await postJson(chatPath, chat('hello', { n: 3, max_tokens: 4, ignore_eos: true }))
  t.match(body, {
    choices: [{ index: 0 }, { index: 1 }, { index: 2 }],
    usage: { prompt_tokens: 10, completion_tokens: 12 },
  })
  const stream = eventsOf(await (await post(chatPath, chat('hello', { n: 2, max_tokens: 1, stream: true }))).text())
  t.match(stream.slice(0, 2), [
    { choices: [{ index: 0, delta: { role: 'assistant' } }] },
    { choices: [{ index: 1, delta: { role: 'assistant' } }] },
  ])
  t.equal(stream.length, 5)
})

t.test('completions take a text, texts, token ids and lists of token ids', async (t) => {
  const { postJson } = await startFleet(t)
  const asked: readonly (readonly [unknown, number, number])[] = [
    ['tea tea ', 1, 2],
    [['tea ', 'oak tea '], 2, 3],
    [[7, 8, 9], 1, 3],
    [[[7, 8], [9]], 2, 3],
  ]
  for (const [prompt, answers, promptTokens] of asked) {
    const { body } = await postJson(completionsPath, { prompt, max_tokens: 2, ignore_eos: true })
    const choices = Array.from({ length: answers }, (_, index) => ({
      index,
      text: /^\w{4} \w{3}$/,
      finish_reason: 'length',
    }))
    t.match(body, {
      id: /^cmpl-/,
      object: 'text_completion',
      choices,
      usage: { prompt_tokens: promptTokens, completion_tokens: 2 * answers },
    })
  }
})

t.test('completions make 16 tokens unless told otherwise', async (t) => {
  const { postJson } = await startFleet(t)
  t.match((await postJson(completionsPath, { prompt: 'hello', ignore_eos: true })).body, {
    usage: { completion_tokens: 16 },
  })
})

t.test('return_token_ids gives the ids of prompt and answer, and they read back as the text', async (t) => {
  const { postJson, post } = await startFleet(t)
  const options = { max_tokens: 3, ignore_eos: true, return_token_ids: true }
  const { body } = await postJson(completionsPath, { prompt: [7, 8], ...options })
  t.match(body, { choices: [{ prompt_token_ids: [7, 8], token_ids: [Number, Number, Number] }] })
  const events = eventsOf(await (await post(chatPath, chat('hello', { ...options, stream: true }))).text())
  t.match(events[0], { prompt_token_ids: Array.from({ length: 10 }, () => Number) })
  t.match(events[1], { choices: [{ token_ids: [Number] }] })
  const whole = await postJson(chatPath, chat('hello', options))
  t.equal(decodeTokens(tokenIdsOf(whole.body)), answerOf(whole.body))
})

t.test('the id follows X-Request-Id, then request_id', async (t) => {
  const { postJson } = await startFleet(t)
  const headers = { 'x-request-id': 'abc' }
  t.match((await postJson(chatPath, chat('hi', { request_id: 'xyz' }), { headers })).body, { id: 'chatcmpl-abc' })
  t.match((await postJson(completionsPath, { prompt: 'hi', request_id: 'xyz' })).body, { id: 'cmpl-xyz' })
})

t.test(
  'a prompt that does not fit the context is refused with both numbers, an answer that does not is cut',
  async (t) => {
    const { postJson } = await startFleet(t, { engine: { ...tinyEngine, maxModelLen: 64 } })
    t.match(await postJson(chatPath, chat(words(64))), {
      status: 400,
      body: {
        error: {
          message: /maximum context length is 64 tokens.* 72 input tokens/,
          type: 'BadRequestError',
          param: 'input_tokens',
          code: 400,
        },
      },
    })
    const refused = (param: string) => ({ status: 400, body: { error: { type: 'BadRequestError', param } } })
    t.match(await postJson(completionsPath, { prompt: 'hello', max_tokens: 100 }), refused('max_tokens'))
    t.match(await postJson(completionsPath, { prompt: words(64) }), refused('max_tokens'))
    const cut = { prompt: words(60), max_tokens: 10, ignore_eos: true }
    t.match(await postJson(completionsPath, cut), { status: 200, body: { usage: { completion_tokens: 4 } } })
  },
)

t.test('the context is never longer than what the KV cache holds', async (t) => {
  const { postJson, getJson } = await startFleet(t, { kvBlocks: 4 })
  t.match(await getJson('/v1/models'), { data: [{ max_model_len: 64 }] })
  t.match(await postJson(completionsPath, { prompt: words(64) }), { status: 400 })
})

t.test('a client that leaves takes its request out of the engine at once', async (t) => {
  const clock = createManualClock()
  const { fleet, post } = await startFleet(t, { clock })
  const leaving = new AbortController()
  const response = await post(chatPath, chat('hello', { stream: true, ignore_eos: true }), { signal: leaving.signal })
  clock.advance(1)
  t.match(fleet.engineStats(0), { running: 1 })
  leaving.abort()
  await t.rejects(response.text())
  await until(() => fleet.engineStats(0)?.running === 0)
  t.match(fleet.engineStats(0), { running: 0, waiting: 0, kvBlocksUsed: 0 })
})

t.test('a client that leaves before an unstreamed answer does so too', async (t) => {
  const clock = createManualClock()
  const { fleet, post } = await startFleet(t, { clock })
  const leaving = new AbortController()
  const response = post(chatPath, chat('hello', { ignore_eos: true }), { signal: leaving.signal })
  await until(() => fleet.engineStats(0)?.running === 1)
  leaving.abort()
  await t.rejects(response)
  await until(() => fleet.engineStats(0)?.running === 0)
  t.match(fleet.engineStats(0), { waiting: 0, kvBlocksUsed: 0 })
})

t.test('cache_salt and LoRA adapters keep prefixes apart', async (t) => {
  const { postJson } = await startFleet(t, { loras: ['sql'] })
  const cached = async (more: object) => {
    const { body } = await postJson(chatPath, chat(words(100), { max_tokens: 1, ...more }))
    return field(body, 'usage')
  }
  await cached({})
  t.match(await cached({}), { prompt_tokens_details: { cached_tokens: 96 } })
  t.match(await cached({ cache_salt: 'a' }), { prompt_tokens_details: { cached_tokens: 0 } })
  t.match(await cached({ cache_salt: 'b' }), { prompt_tokens_details: { cached_tokens: 0 } })
  t.match(await cached({ cache_salt: 'a' }), { prompt_tokens_details: { cached_tokens: 96 } })
  t.match(await cached({ model: 'sql' }), { prompt_tokens_details: { cached_tokens: 0 } })
  t.match(await cached({ model: 'sql' }), { prompt_tokens_details: { cached_tokens: 96 } })
})
