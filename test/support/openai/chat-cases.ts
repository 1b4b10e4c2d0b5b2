import type { OpenAI } from 'openai'
import type { ClientCase, Place } from './client-case.ts'

const user = { role: 'user', content: 'hello' } as const
/** Equal answers to equal prompts; vLLM's own field besides OpenAI's. */
const fixed = { temperature: 0, max_completion_tokens: 8, ...{ ignore_eos: true } }
/** For answers that have to differ. */
const sampled = { ...fixed, temperature: 1, seed: 7 }
const withUsage = { stream: true, stream_options: { include_usage: true } } as const

const whole = ({ client, model }: Place) => client.chat.completions.create({ model, messages: [user], ...fixed })
const streamed = ({ client, model }: Place) =>
  client.chat.completions.create({ model, messages: [user], ...fixed, ...withUsage })

const usage = { prompt_tokens: Number, completion_tokens: 8, total_tokens: Number }

export const chatCases: readonly ClientCase[] = [
  {
    name: 'a chat is answered with a message, a finish reason and usage',
    observe: whole,
    expected: {
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: String, refusal: null }, finish_reason: 'length' }],
      usage,
    },
  },
  {
    name: 'a streamed chat is the same text in pieces, with usage at the end',
    async observe(place) {
      const stream = await streamed(place)
      const chunks: OpenAI.ChatCompletionChunk[] = []
      for await (const chunk of stream) chunks.push(chunk)
      const choices = chunks.flatMap((chunk) => chunk.choices)
      const text = choices.map(({ delta }) => delta.content ?? '').join('')
      return {
        ids: new Set(chunks.map(({ id }) => id)).size,
        objects: [...new Set(chunks.map(({ object }) => object))],
        role: choices[0]?.delta.role,
        reasons: choices.flatMap(({ finish_reason: reason }) => reason ?? []),
        asWhole: text === (await whole(place)).choices[0]?.message.content,
        text,
        last: chunks.at(-1),
      }
    },
    expected: {
      ids: 1,
      objects: ['chat.completion.chunk'],
      role: 'assistant',
      reasons: ['length'],
      asWhole: true,
      text: /./,
      last: { choices: [], usage },
    },
  },
  {
    name: 'the stream helper puts a chat together',
    async observe({ client, model }) {
      const runner = client.chat.completions.stream({ model, messages: [user], ...fixed, ...withUsage })
      let heard = ''
      runner.on('content', (delta) => (heard += delta))
      const completion = await runner.finalChatCompletion()
      const content = await runner.finalContent()
      return { completion, usage: await runner.totalUsage(), heardAll: heard === content, content }
    },
    expected: {
      completion: { object: 'chat.completion', choices: [{ message: { role: 'assistant' }, finish_reason: 'length' }] },
      usage,
      heardAll: true,
      content: /./,
    },
  },
  {
    name: 'several answers to one chat',
    observe: ({ client, model }) => client.chat.completions.create({ model, messages: [user], ...sampled, n: 2 }),
    expected: { choices: [{ index: 0 }, { index: 1 }], usage: { completion_tokens: 16 } },
  },
  {
    name: 'a completion is answered with a text',
    observe: ({ client, model }) => client.completions.create({ model, prompt: 'hello', ...fixed, max_tokens: 8 }),
    expected: {
      object: 'text_completion',
      choices: [{ index: 0, text: String, finish_reason: 'length', logprobs: null }],
      usage: { completion_tokens: 8 },
    },
  },
  {
    name: 'a completion streams',
    async observe({ client, model }) {
      const stream = await client.completions.create({ model, prompt: 'hello', ...fixed, max_tokens: 8, ...withUsage })
      const chunks: OpenAI.Completion[] = []
      for await (const chunk of stream) chunks.push(chunk)
      const choices = chunks.flatMap((chunk) => chunk.choices)
      return {
        text: choices.map(({ text }) => text).join(''),
        reason: choices.at(-1)?.finish_reason,
        last: chunks.at(-1),
      }
    },
    expected: { text: /./, reason: 'length', last: { choices: [], usage: { completion_tokens: 8 } } },
  },
  {
    name: 'models are listed',
    async observe({ client }) {
      const models: unknown[] = []
      for await (const model of client.models.list()) models.push({ ...model, name: model.id, permission: undefined })
      return models
    },
    expected: [{ name: String, object: 'model', owned_by: 'vllm', max_model_len: Number }],
  },
  {
    name: 'an answer carries the id that the client gave, and the router says where it came from',
    async observe({ client, model }) {
      const headers = { 'x-request-id': 'my-request' }
      const asked = client.chat.completions.create({ model, messages: [user], ...fixed }, { headers })
      const { id: answer, _request_id: onAnswer } = await asked
      const { response, request_id: requestId } = await asked.withResponse()
      return {
        answer,
        requestId,
        onAnswer,
        endpoint: response.headers.get('x-warmpath-endpoint'),
        decision: response.headers.get('x-warmpath-decision'),
      }
    },
    expected: { answer: 'chatcmpl-my-request', requestId: null, onAnswer: null, endpoint: null, decision: null },
    routed: {
      answer: 'chatcmpl-my-request',
      requestId: 'my-request',
      onAnswer: 'my-request',
      endpoint: /./,
      decision: /./,
    },
  },
  {
    name: 'the raw response can be read instead',
    async observe(place) {
      const response = await streamed(place).asResponse()
      const text = await response.text()
      const type = response.headers.get('content-type')
      return { status: response.status, type, start: text.slice(0, 7), end: text.slice(-14) }
    },
    expected: {
      status: 200,
      type: 'text/event-stream; charset=utf-8',
      start: 'data: {',
      end: 'data: [DONE]\n\n',
    },
  },
]
