import t from 'tap'
import { FieldReader } from '../../../../src/simulation/fleet/field-reader.ts'
import { createToolCall } from '../../../../src/simulation/fleet/tool-call.ts'
import { readToolCall } from '../../../../src/simulation/fleet/tool-request.ts'
import { lightChoice, lightTool } from '../../../support/openai/light-tool.ts'
import { chat, eventsOf, field, firstChoice, startFleet } from '../../../support/simulated-fleet.ts'

// The refusals stand in test/fixtures/vllm: test/src/simulation/fleet/recorded.test.ts.

const tools = [{ type: 'function', function: { name: 'first' } }, lightTool]

function callOf(body: object) {
  const fields = new FieldReader(body)
  const call = readToolCall(fields)
  fields.finish()
  return call
}

t.test('a named tool is called, and the answer stops', async (t) => {
  const call = callOf({ tools, tool_choice: lightChoice })
  t.match(call, { name: 'set_light', arguments: '{"on": false, "colour": "red"}', finishReason: 'stop' })
})

t.test('where one is required it is the first, without arguments if it has none', async (t) => {
  t.match(callOf({ tools, tool_choice: 'required' }), { name: 'first', arguments: '{}', finishReason: 'tool_calls' })
})

t.test('parameters that say nothing get an object', async (t) => {
  const go = { type: 'function', function: { name: 'go', parameters: {} } }
  t.match(callOf({ tools: [go], tool_choice: 'required' }), { arguments: '{}' })
})

t.test('where none is forced none is called', async (t) => {
  for (const more of [{}, { tool_choice: 'auto' }, { tool_choice: 'none' }, { tool_choice: null }])
    t.equal(callOf({ tools, ...more }), undefined)
  t.equal(callOf({}), undefined)
  t.equal(callOf({ tool_choice: 'none' }), undefined)
})

const path = '/v1/chat/completions'
const forced = chat('hello', { tools, tool_choice: 'required' })

t.test('a call is answered in place of a text, whole or streamed', async (t) => {
  const { postJson, post } = await startFleet(t)
  t.match(await postJson(path, forced), {
    status: 200,
    body: {
      choices: [
        {
          message: { content: '', tool_calls: [{ function: { name: 'first', arguments: '{}' } }] },
          finish_reason: 'tool_calls',
        },
      ],
    },
  })
  const events = eventsOf(await (await post(path, { ...forced, stream: true })).text())
  t.match(events, [
    { choices: [{ delta: { role: 'assistant', content: '' } }] },
    { choices: [{ delta: { content: null, tool_calls: [{ index: 0, function: { name: 'first' } }] } }] },
    { choices: [{ delta: { content: null, tool_calls: [{ index: 0, function: { arguments: '{}' } }] } }] },
    { choices: [{ delta: {}, finish_reason: 'tool_calls' }] },
    '[DONE]',
  ])
})

t.test('where token ids are wanted, each token of a call has its event', async (t) => {
  const { post } = await startFleet(t)
  const stream = await post(path, { ...forced, stream: true, return_token_ids: true })
  const choices = eventsOf(await stream.text())
    .slice(1, -1)
    .map(firstChoice)
  const { tokens, nameToken } = createToolCall('first', {}, 'tool_calls')
  t.strictSame(
    choices.map((choice) => field(choice, 'token_ids')),
    tokens.map((token) => [token]),
  )
  t.strictSame(field(choices[0], 'delta'), {})
  t.match(field(choices[nameToken], 'delta'), { tool_calls: [{ function: { name: 'first' } }] })
})

t.test('a streamed call that is aborted before its name has no name', async (t) => {
  const { fleet, post } = await startFleet(t)
  const { nameToken } = createToolCall('first', {}, 'tool_calls')
  fleet.replica(0).setFaults([{ kind: 'abort', chunks: nameToken, times: 1, path: undefined }])
  const stream = await (await post(path, { ...forced, stream: true })).text()
  t.match(eventsOf(stream).at(-2), { choices: [{ delta: {}, finish_reason: 'abort' }] })
  t.notMatch(stream, 'tool_calls')
})

t.test('a call that is cut short stays a text', async (t) => {
  const { postJson } = await startFleet(t)
  t.match(await postJson(path, { ...forced, max_tokens: 4 }), {
    body: { choices: [{ message: { content: '<tool_call>\n{"na', tool_calls: undefined }, finish_reason: 'length' }] },
  })
})
