import t from 'tap'
import { badRequest, errorBody, errorEvent, noEndpoint, unknownModel } from '../../../router/openai/errors.ts'

t.test('an error body has the shape of OpenAI', (t) => {
  t.strictSame(JSON.parse(errorBody(badRequest('c', 'm', 'p'))), {
    error: { message: 'm', type: 'invalid_request_error', code: 'c', param: 'p' },
  })
  t.match(JSON.parse(errorBody(noEndpoint('m'))), { error: { type: 'server_error', param: null } })
  t.end()
})

t.test('an error event is an event of its own after a line that was cut', (t) => {
  t.match(`data: {"cut${errorEvent(badRequest('c', 'm'))}`, /^data: \{"cut\n\ndata: \{"error":.*\}\n\n$/)
  t.end()
})

t.test('an unknown model is named beside those that are known, both cut to a bound', (t) => {
  const known = Array.from({ length: 25 }, (_, i) => `model-${i}`)
  const { message, status, param } = unknownModel('x'.repeat(5000), known)
  t.match({ status, param }, { status: 404, param: 'model' })
  t.match(message, /x…" is not served here. Served: model-0, .*model-19 and 5 more\./)
  t.ok(message.length < 600)
  t.match(unknownModel('a', []).message, /Served: none\./)
  t.end()
})
