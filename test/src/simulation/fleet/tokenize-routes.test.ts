import t from 'tap'
import { field, startFleet } from '../../../support/simulated-fleet.ts'

t.test('/tokenize counts and lists the tokens of a prompt, /detokenize gives the text back', async (t) => {
  const { postJson } = await startFleet(t)
  const prompt = 'grüße, 世界'
  const { status, body } = await postJson('/tokenize', { prompt, return_token_strs: true })
  t.equal(status, 200)
  t.match(body, {
    count: 4,
    max_model_len: 4096,
    tokens: [Number, Number, Number, Number],
    token_strs: ['grü', String, String, String],
  })
  t.strictSame(await postJson('/detokenize', { tokens: field(body, 'tokens') }), { status: 200, body: { prompt } })
})

t.test('/tokenize renders a chat as the engine does', async (t) => {
  const { postJson } = await startFleet(t)
  const messages = [{ role: 'user', content: 'hello' }]
  const rendered = await postJson('/tokenize', { messages })
  t.match(rendered.body, { count: 10, token_strs: null })
  const answer = await postJson('/v1/chat/completions', { messages, max_tokens: 1, return_token_ids: true })
  t.strictSame(field(answer.body, 'prompt_token_ids'), field(rendered.body, 'tokens'))
  t.match((await postJson('/tokenize', { messages, add_generation_prompt: false })).body, { count: 6 })
})

t.test('both refuse what they cannot read', async (t) => {
  const { postJson } = await startFleet(t)
  const bad = { status: 400, body: { error: { code: 400 } } }
  t.match(await postJson('/tokenize', {}), bad)
  t.match(await postJson('/tokenize', { prompt: 5 }), bad)
  t.match(await postJson('/detokenize', {}), bad)
  t.match(await postJson('/detokenize', { tokens: ['x'] }), bad)
  t.match(await postJson('/tokenize', { prompt: 'x', model: 'other' }), { status: 404 })
  t.strictSame(await postJson('/detokenize', { tokens: [] }), { status: 200, body: { prompt: '' } })
})
