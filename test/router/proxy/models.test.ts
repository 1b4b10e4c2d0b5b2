import t from 'tap'
import { type AskModels, listModels } from '../../../router/proxy/models.ts'
import type { EndpointHealth, EndpointState } from '../../../src/endpoints/endpoint.ts'

const state = (name: string, servedModels?: readonly string[], health: EndpointHealth = 'ready'): EndpointState => ({
  endpoint: { name, url: `http://${name}`, pool: 'p', model: 'base', labels: {} },
  health,
  signals: {},
  ...(servedModels === undefined ? {} : { servedModels }),
})

/** Engines by origin; others do not answer. `asked` lists who was. */
function fleet(answers: Readonly<Record<string, unknown>>, status = 200) {
  const asked: string[] = []
  const ask: AskModels = (origin) => {
    asked.push(origin)
    const body = answers[origin]
    return Promise.resolve(
      body === undefined ? undefined : { status, body: typeof body === 'string' ? body : JSON.stringify(body) },
    )
  }
  return { ask, asked }
}

async function cardsOf(endpoints: readonly EndpointState[], ask: AskModels) {
  const answer = await listModels({ version: 1, endpoints }, ask)
  return answer.kind === 'cards' ? answer.cards : []
}

const card = (id: string, more: object = {}) => ({ id, object: 'model', owned_by: 'vllm', ...more })

t.test('cards of equal engines come once, with all that the engine says of them', async (t) => {
  const cards = [card('base', { max_model_len: 32_768 }), card('adapter', { parent: 'base' })]
  const { ask, asked } = fleet({ 'http://a': { data: cards }, 'http://b': { data: cards } })
  t.strictSame(await cardsOf([state('a', ['base', 'adapter']), state('b', ['adapter', 'base'])], ask), cards)
  t.strictSame(asked, ['http://a'])
})

t.test('engines that serve other adapters are asked, too', async (t) => {
  const { ask } = fleet({
    'http://a': { data: [card('base'), card('x')] },
    'http://b': { data: [card('base'), card('y')] },
  })
  const ids = (await cardsOf([state('a', ['base', 'x']), state('b', ['base', 'y'])], ask)).map((one) => one['id'])
  t.strictSame(ids, ['base', 'x', 'y'])
})

t.test('an equal engine stands in for one that does not answer', async (t) => {
  const { ask, asked } = fleet({ 'http://b': { data: [card('base', { root: '/weights' })] } })
  t.match(await cardsOf([state('a'), state('b')], ask), [{ id: 'base', root: '/weights' }])
  t.strictSame(asked, ['http://a', 'http://b'])
})

for (const [what, body] of [
  ['no engine answers', undefined],
  ['an engine answers something else', '<html>'],
  ['an engine answers JSON of another shape', { data: [{ name: 'x' }, null, 3] }],
] as const) {
  t.test(`when ${what}, the known names stand alone`, async (t) => {
    const { ask } = fleet({ 'http://a': body })
    t.strictSame(await cardsOf([state('a', ['base', 'lora'])], ask), [
      { id: 'base', object: 'model', created: 0, owned_by: 'vllm' },
      { id: 'lora', object: 'model', created: 0, owned_by: 'vllm' },
    ])
  })
}

t.test('engines that are down are not asked', async (t) => {
  const { ask, asked } = fleet({})
  await cardsOf([state('a', undefined, 'unreachable'), state('b', undefined, 'unready')], ask)
  t.strictSame(asked, [])
})

t.test('an engine that wants a key passes its refusal on', async (t) => {
  const { ask } = fleet({ 'http://a': { error: 'Unauthorized' } }, 401)
  t.strictSame(await listModels({ version: 1, endpoints: [state('a')] }, ask), {
    kind: 'refused',
    status: 401,
    body: '{"error":"Unauthorized"}',
  })
})

t.test('no more than 32 engines are asked at once', async (t) => {
  const { ask, asked } = fleet({})
  const endpoints = Array.from({ length: 100 }, (_, i) => state(`e${i}`, [`model-${i}`]))
  t.equal((await cardsOf(endpoints, ask)).length, 100)
  t.equal(asked.length, 32)
})
