import t from 'tap'
import { chat, eventsOf, field, firstChoice, startFleet } from '../../../support/simulated-fleet.ts'

const chatPath = '/v1/chat/completions'
const completionsPath = '/v1/completions'

t.test('a chat stream is a role, one event per token, a finish reason and [DONE]', async (t) => {
  const { post } = await startFleet(t)
  const response = await post(chatPath, chat('hello', { max_tokens: 3, ignore_eos: true, stream: true }))
  t.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  t.match(eventsOf(await response.text()), [
    { object: 'chat.completion.chunk', choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }] },
    { choices: [{ index: 0, delta: { content: /^\w{4}$/ }, finish_reason: null }] },
    { choices: [{ index: 0, delta: { content: /^ \w{3}$/ }, finish_reason: null }] },
    { choices: [{ delta: { content: /^ \w{3}$/ }, finish_reason: 'length' }], system_fingerprint: /^vllm-/ },
    '[DONE]',
  ])
})

t.test('include_usage adds one last event without choices', async (t) => {
  const { post } = await startFleet(t)
  const options = { max_tokens: 2, ignore_eos: true, stream: true, stream_options: { include_usage: true } }
  const events = eventsOf(await (await post(chatPath, chat('hello', options))).text())
  t.match(events.slice(-2), [
    {
      choices: [],
      usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12, prompt_tokens_details: { cached_tokens: 0 } },
    },
    '[DONE]',
  ])
  t.equal(events.filter((event) => typeof event === 'object' && event !== null && 'usage' in event).length, 1)
})

t.test('continuous_usage_stats counts up in every event, when usage is asked for', async (t) => {
  const { post } = await startFleet(t)
  const options = {
    max_tokens: 2,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  }
  const events = eventsOf(await (await post(chatPath, chat('hello', options))).text())
  t.match(events, [
    { usage: { completion_tokens: 0, total_tokens: 10 } },
    { usage: { completion_tokens: 1, total_tokens: 11 } },
    { usage: { completion_tokens: 2, total_tokens: 12 } },
    { choices: [], usage: { completion_tokens: 2, total_tokens: 12 } },
    '[DONE]',
  ])
  const alone = { ...options, stream_options: { continuous_usage_stats: true } }
  t.notMatch(await (await post(chatPath, chat('hello', alone))).text(), 'usage')
})

t.test('a completion stream has a text per token and n choices per prompt', async (t) => {
  const { post } = await startFleet(t)
  const response = await post(completionsPath, {
    prompt: ['one', 'two'],
    n: 2,
    max_tokens: 1,
    stream: true,
    stream_options: { include_usage: true },
  })
  const events = eventsOf(await response.text())
  t.equal(events.length, 6)
  for (const index of [0, 1, 2, 3]) t.ok(events.some((event) => field(firstChoice(event), 'index') === index))
  t.match(events.at(-2), { choices: [], usage: { prompt_tokens: 2, completion_tokens: 4 } })
})
