import { type ClientCase, type EngineWork, type Place, refusalOf } from './client-case.ts'

const user = { role: 'user', content: 'hello' } as const
/** 1,900 tokens take seconds. */
const long = { max_tokens: 1900, ...{ ignore_eos: true } }
const gone = { finished: 0 }

export const errorCases: readonly ClientCase[] = [
  {
    name: 'a wrong value is a BadRequestError that names the field',
    observe: ({ client, model }) =>
      refusalOf(client.chat.completions.create({ model, messages: [user], max_completion_tokens: 0 })),
    expected: { kind: 'BadRequestError', status: 400, code: 400, param: 'max_tokens', type: 'BadRequestError' },
  },
  {
    name: 'a wrong value in a stream is a BadRequestError, too',
    observe: ({ client, model }) =>
      refusalOf(client.chat.completions.create({ model, messages: [user], max_completion_tokens: 0, stream: true })),
    expected: { kind: 'BadRequestError', status: 400, code: 400, param: 'max_tokens', type: 'BadRequestError' },
  },
  {
    name: 'an empty conversation is a BadRequestError',
    observe: ({ client, model }) => refusalOf(client.chat.completions.create({ model, messages: [] })),
    expected: { kind: 'BadRequestError', status: 400, code: 400, param: null },
  },
  {
    name: 'a model that nobody serves is a NotFoundError',
    observe: ({ client }) => refusalOf(client.chat.completions.create({ model: 'nope', messages: [user] })),
    expected: { kind: 'NotFoundError', status: 404, code: 404, param: 'model', type: 'NotFoundError' },
    routed: {
      kind: 'NotFoundError',
      status: 404,
      code: 'model_not_found',
      param: 'model',
      type: 'invalid_request_error',
    },
  },
  {
    name: 'embeddings of a generative model are a NotFoundError',
    observe: ({ client, model }) => refusalOf(client.embeddings.create({ model, input: 'hello' })),
    expected: { kind: 'NotFoundError', status: 404 },
  },
  {
    name: 'one model can be looked up at the router alone',
    observe: async ({ client, model }) => {
      const found = client.models.retrieve(model)
      return found.then(
        ({ id, object }) => ({ name: id, object }),
        () => refusalOf(found),
      )
    },
    expected: { kind: 'NotFoundError', status: 404 },
    routed: { name: String, object: 'model' },
  },
  {
    name: 'an aborted stream ends its request in the engine',
    async observe(place) {
      const leaving = new AbortController()
      const { client, model } = place
      const stream = await client.chat.completions.create(
        { model, messages: [user], ...long, stream: true },
        { signal: leaving.signal },
      )
      return left(place, read(stream), () => leaving.abort())
    },
    expected: gone,
  },
  {
    name: "a stream's own controller ends its request in the engine",
    async observe(place) {
      const { client, model } = place
      const stream = await client.chat.completions.create({ model, messages: [user], ...long, stream: true })
      return left(place, read(stream), () => stream.controller.abort())
    },
    expected: gone,
  },
  {
    name: 'an aborted stream helper ends its request in the engine',
    async observe(place) {
      const { client, model } = place
      const runner = client.chat.completions.stream({ model, messages: [user], ...long })
      const refusal = refusalOf(runner.done())
      return { ...(await left(place, refusal, () => runner.abort())), refusal: await refusal }
    },
    expected: { ...gone, refusal: { kind: 'APIUserAbortError' } },
  },
  {
    name: 'a reader that stops early ends its request in the engine',
    async observe(place) {
      const { client, model } = place
      const stream = await client.completions.create({ model, prompt: 'hello', ...long, stream: true })
      const chunks = stream[Symbol.asyncIterator]()
      await chunks.next()
      return left(place, Promise.resolve(), () => chunks.return?.())
    },
    expected: gone,
  },
  {
    name: "the client's own timeout ends its request in the engine",
    async observe(place) {
      const { client, model } = place
      const body = { model, messages: [user], ...long }
      const refusal = refusalOf(client.chat.completions.create(body, { timeout: 600 }))
      return { ...(await left(place, refusal, () => undefined)), refusal: await refusal }
    },
    expected: { ...gone, refusal: { kind: 'APIConnectionTimeoutError' } },
  },
]

async function read(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of stream) void chunk
}

/** What the engines did once the client, after `leave`, has ended a request that was running. */
async function left(place: Place, ended: Promise<unknown>, leave: () => unknown): Promise<object> {
  const before = await workWith(1, place)
  await leave()
  await ended
  const after = await workWith(0, place)
  return { finished: after.finished - before.finished }
}

async function workWith(running: number, place: Place): Promise<EngineWork> {
  for (;;) {
    const work = await place.work()
    if (work.running === running) return work
  }
}
