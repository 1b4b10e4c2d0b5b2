import type { OpenAI } from 'openai'
import type { ClientCase } from './client-case.ts'
import { lightChoice, lightTool } from './light-tool.ts'

const user = { role: 'user', content: 'hello' } as const
/** Equal answers to equal prompts. Not the likeliest tokens: a model of noise would repeat a space for ever. */
const asked = { tools: [lightTool], seed: 7, max_completion_tokens: 200, parallel_tool_calls: false }
const text = { tools: [lightTool], seed: 7, max_completion_tokens: 8, ...{ ignore_eos: true } }

const lights = { on: Boolean, colour: /^(red|blue)$/ }
const call = { name: 'set_light', values: lights }

export const toolCases: readonly ClientCase[] = [
  {
    name: 'a named tool is called with arguments that its schema allows',
    async observe({ client, model }) {
      const answer = await client.chat.completions.create({
        model,
        messages: [user],
        ...asked,
        tool_choice: lightChoice,
      })
      return { answer, calls: answer.choices.flatMap(({ message }) => callsIn(message.tool_calls)) }
    },
    expected: {
      answer: {
        choices: [
          {
            message: {
              role: 'assistant',
              content: '',
              tool_calls: [{ type: 'function', function: { arguments: /./ } }],
            },
            finish_reason: 'stop',
          },
        ],
      },
      calls: [call],
    },
  },
  {
    name: 'a required tool is called, and the finish reason says so',
    async observe({ client, model }) {
      const body = { model, messages: [user], ...asked, tool_choice: 'required' } as const
      const { choices } = await client.chat.completions.create({ ...body, messages: [user] })
      return choices.map(({ message, finish_reason: reason }) => ({ reason, calls: callsIn(message.tool_calls) }))
    },
    expected: [{ reason: 'tool_calls', calls: [call] }],
  },
  {
    name: 'a streamed tool call is a name, then its arguments in pieces',
    async observe({ client, model }) {
      const stream = await client.chat.completions.create({
        model,
        messages: [user],
        ...asked,
        tool_choice: lightChoice,
        stream: true,
      })
      const chunks: OpenAI.ChatCompletionChunk[] = []
      for await (const chunk of stream) chunks.push(chunk)
      const choices = chunks.flatMap((chunk) => chunk.choices)
      const deltas = choices.flatMap(({ delta }) => delta.tool_calls ?? [])
      return {
        ids: deltas.flatMap(({ id }) => (id === undefined ? [] : [typeof id])),
        names: deltas.flatMap((delta) => delta.function?.name ?? []),
        values: parsed(deltas.map((delta) => delta.function?.arguments ?? '').join('')),
        reasons: choices.flatMap(({ finish_reason: reason }) => reason ?? []),
        text: choices.map(({ delta }) => delta.content ?? '').join(''),
      }
    },
    expected: { ids: ['string'], names: ['set_light'], values: lights, reasons: ['stop'], text: '' },
  },
  {
    name: 'the stream helper puts a tool call together',
    async observe({ client, model }) {
      const runner = client.chat.completions.stream({ model, messages: [user], ...asked, tool_choice: 'required' })
      const { choices } = await runner.finalChatCompletion()
      return choices.map(({ message, finish_reason: reason }) => ({ reason, calls: callsIn(message.tool_calls) }))
    },
    expected: [{ reason: 'tool_calls', calls: [call] }],
  },
  {
    name: 'tools may be offered and not used',
    async observe({ client, model }) {
      const answers: unknown[] = []
      for (const choice of [undefined, 'auto', 'none'] as const) {
        const choose = choice === undefined ? {} : { tool_choice: choice }
        const { choices } = await client.chat.completions.create({ model, messages: [user], ...text, ...choose })
        answers.push(choices)
      }
      return answers
    },
    expected: Array.from({ length: 3 }, () => [
      { message: { content: String, tool_calls: undefined }, finish_reason: 'length' },
    ]),
  },
  {
    name: 'the answer of a tool is sent back',
    async observe({ client, model }) {
      const used = { id: 'a', type: 'function', function: { name: 'set_light', arguments: '{"on": true}' } } as const
      const answer = await client.chat.completions.create({
        model,
        messages: [
          user,
          { role: 'assistant', content: null, tool_calls: [used] },
          { role: 'tool', tool_call_id: 'a', content: 'done' },
        ],
        ...text,
      })
      return answer.choices
    },
    expected: [{ message: { role: 'assistant', content: String }, finish_reason: 'length' }],
  },
]

function callsIn(calls: readonly OpenAI.ChatCompletionMessageToolCall[] | undefined): readonly object[] {
  return (calls ?? []).flatMap((one) =>
    one.type === 'function' ? [{ name: one.function.name, values: parsed(one.function.arguments) }] : [],
  )
}

const parsed = (json: string): unknown => JSON.parse(json)
