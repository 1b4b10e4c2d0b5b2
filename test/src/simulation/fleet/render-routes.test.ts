import t from 'tap'
import { chat, field, startFleet } from '../../../support/simulated-fleet.ts'

t.test('a chat is rendered to the tokens that the engine gets, with the room for its answer', async (t) => {
  const { postJson } = await startFleet(t)
  const { status, body } = await postJson('/v1/chat/completions/render', chat('hello', { cache_salt: 'tenant' }))
  t.equal(status, 200)
  const answer = await postJson('/v1/chat/completions', chat('hello', { max_tokens: 1, return_token_ids: true }))
  t.strictSame(field(body, 'token_ids'), field(answer.body, 'prompt_token_ids'))
  t.match(body, { request_id: /^chatcmpl-/, model: 'tiny', stream: false, cache_salt: 'tenant', output_mode: 'tokens' })
  t.match(body, { sampling_params: { max_tokens: 4096 - 10 } })
})

t.test('each prompt of a completions request is rendered', async (t) => {
  const { postJson } = await startFleet(t)
  const { status, body } = await postJson(
    '/v1/completions/render',
    { prompt: ['tea', 'tea and cake'], max_tokens: 5 },
    { headers: { 'x-request-id': 'mine' } },
  )
  t.equal(status, 200)
  t.match(body, [
    { request_id: 'cmpl-mine-0', token_ids: [Number], sampling_params: { max_tokens: 5 } },
    { request_id: 'cmpl-mine-1', token_ids: [Number, Number, Number], model: null },
  ])
})

t.test('rendering refuses what generating would refuse', async (t) => {
  const { postJson } = await startFleet(t)
  t.match(await postJson('/v1/chat/completions/render', {}), { status: 400 })
  t.match(await postJson('/v1/chat/completions/render', chat('hi', { model: 'other' })), { status: 404 })
  t.match(await postJson('/v1/completions/render', { prompt: 'x', max_tokens: 5000 }), { status: 400 })
})
