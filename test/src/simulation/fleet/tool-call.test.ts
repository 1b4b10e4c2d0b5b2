import t from 'tap'
import { decodeTokens } from '../../../../src/simulation/fleet/tokenizer.ts'
import { callDelta, createToolCall, planCall, wholeCall } from '../../../../src/simulation/fleet/tool-call.ts'
import { field } from '../../../support/simulated-fleet.ts'

const call = createToolCall('set_light', { colours: ['red', 'gr\u00fcn'], on: { now: true } }, 'stop')
const json = '{"colours": ["red", "gr\\u00fcn"], "on": {"now": true}}'

t.test('a call is the text that a hermes model would write', async (t) => {
  t.equal(decodeTokens(call.tokens), `<tool_call>\n{"name": "set_light", "arguments": ${json}}\n</tool_call>`)
  t.match(wholeCall(call), {
    id: /^chatcmpl-tool-[0-9a-f]{16}$/,
    type: 'function',
    function: { name: 'set_light', arguments: json },
  })
})

t.test('a stream of it is the name, then the arguments token by token', async (t) => {
  const deltas = call.tokens.map((token, position) => callDelta(call, position, decodeTokens([token])))
  const said = deltas.filter((delta) => delta !== undefined)
  t.match(said[0], { id: /^chatcmpl-tool-/, type: 'function', index: 0, function: { name: 'set_light' } })
  t.equal(deltas[call.nameToken], said[0])
  t.equal(
    said
      .slice(1)
      .map((delta) => String(field(field(delta, 'function'), 'arguments')))
      .join(''),
    json,
  )
})

t.test('a call longer than its room is cut', async (t) => {
  t.match(planCall(call, call.tokens.length), { tokens: call.tokens, finishReason: 'stop' })
  t.match(planCall(call, 5), { tokens: call.tokens.slice(0, 5), finishReason: 'length' })
})
