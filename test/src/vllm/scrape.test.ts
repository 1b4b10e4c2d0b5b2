import { getEventListeners, once } from 'node:events'
import t, { type Test } from 'tap'
import { createEngineClient, type EngineClientOptions } from '../../../src/vllm/scrape.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { answer, startScriptedServer, type Handler } from '../../support/scripted-server.ts'

async function setUp(t: Test, handlers: Readonly<Record<string, Handler>>, options: Partial<EngineClientOptions> = {}) {
  const clock = createManualClock()
  const server = await startScriptedServer(handlers)
  const client = createEngineClient({ clock, timeoutMs: 1_000, ...options })
  t.teardown(async () => {
    client.close()
    await server.close()
  })
  return { clock, server, client, engine: { name: 'pod-7', url: server.url } }
}

t.test('scrape() reads the signals of an engine', async (t) => {
  const page = 'vllm:num_requests_running 2\nvllm:num_requests_waiting ?\n'
  const { client, engine, clock } = await setUp(t, { '/metrics': answer(page) })
  const { signals, malformed } = await client.scrape(engine)
  t.strictSame(signals, { requestsRunning: 2 })
  t.match(malformed, [{ line: 2 }])
  t.equal(clock.pendingTimers, 0, 'the deadline is cancelled')
})

t.test(
  'scrape() asks for the text format and does not send the API key, which vLLM checks below /v1 only',
  async (t) => {
    const seen: (string | undefined)[] = []
    const metrics: Handler = (request, response) => {
      seen.push(request.headers.accept, request.headers.authorization)
      response.end('')
    }
    const { client, engine } = await setUp(t, { '/metrics': metrics }, { apiKey: 'secret' })
    await client.scrape(engine)
    t.strictSame(seen, ['text/plain; version=0.0.4', undefined])
  },
)

t.test('scrape() takes a page without vLLM metrics as an engine that says nothing', async (t) => {
  const { client, engine } = await setUp(t, { '/metrics': answer('go_goroutines 7\n') })
  t.strictSame(await client.scrape(engine), { signals: {}, malformed: [] })
})

t.test('scrape() uses one connection for one call after another', async (t) => {
  const { client, engine, server } = await setUp(t, { '/metrics': answer('') })
  for (let i = 0; i < 3; i += 1) await client.scrape(engine)
  t.equal(server.connections(), 1)
})

t.test('scrape() names engine, actual and expected when the status is not 200', async (t) => {
  const { client, engine } = await setUp(t, { '/metrics': answer('', 503) })
  await t.rejects(client.scrape(engine), {
    code: 'ENGINE_STATUS',
    message: 'Cannot read metrics of "pod-7": status 503, expected 200',
  })
})

t.test('scrape() does not follow a redirect', async (t) => {
  const { client, engine, server } = await setUp(t, { '/metrics': answer('', 307, { location: '/elsewhere' }) })
  await t.rejects(client.scrape(engine), { code: 'ENGINE_STATUS' })
  t.strictSame(server.paths, ['/metrics'])
})

t.test('scrape() refuses a page that is not an exposition', async (t) => {
  const { client, engine } = await setUp(t, { '/metrics': answer('<html>\n<p>\n') })
  await t.rejects(client.scrape(engine), {
    code: 'ENGINE_ANSWER_FORMAT',
    message: 'Cannot read metrics of "pod-7": line 1: expected a metric name, expected the Prometheus text format',
  })
})

t.test('scrape() refuses a body over the limit before reading all of it', async (t) => {
  const endless: Handler = (_request, response) => {
    const more = () => {
      while (response.write('#'.repeat(1_000)));
    }
    response.on('drain', more)
    more()
  }
  const { client, engine } = await setUp(t, { '/metrics': endless }, { maxBodyBytes: 5_000 })
  await t.rejects(client.scrape(engine), {
    code: 'ENGINE_ANSWER_TOO_LARGE',
    message: 'Cannot read metrics of "pod-7": a longer answer, expected at most 5000 bytes',
  })
})

t.test('scrape() reads a body of exactly the limit', async (t) => {
  const { client, engine } = await setUp(
    t,
    { '/metrics': answer('vllm:num_requests_running 2\n') },
    { maxBodyBytes: 28 },
  )
  t.strictSame((await client.scrape(engine)).signals, { requestsRunning: 2 })
})

t.test('scrape() gives up at the deadline when nothing is answered', async (t) => {
  const { client, engine, server, clock } = await setUp(t, { '/metrics': () => {} })
  const scrape = client.scrape(engine)
  await server.requested('/metrics')
  clock.advance(1_000)
  await t.rejects(scrape, {
    code: 'ENGINE_TIMEOUT',
    message: 'Cannot read metrics of "pod-7": no whole answer, expected one within 1000 ms',
  })
})

t.test('scrape() gives up at the deadline when the body does not end', async (t) => {
  const { client, engine, server, clock } = await setUp(t, {
    '/metrics': (_request, response) => void response.write('vllm:num_requests_running 2\n'),
  })
  const scrape = client.scrape(engine)
  await server.requested('/metrics')
  clock.advance(1_000)
  await t.rejects(scrape, { code: 'ENGINE_TIMEOUT' })
})

t.test('scrape() tells of a server that is not there', async (t) => {
  const { client, engine, server } = await setUp(t, {})
  await server.close()
  await t.rejects(client.scrape(engine), {
    code: 'ENGINE_CONNECTION',
    message: `Cannot read metrics of "pod-7": ECONNREFUSED, expected an answer from ${server.url}/metrics`,
    cause: { code: 'ECONNREFUSED' },
  })
})

t.test('scrape() does not take the beginning of a page for the page when the connection breaks', async (t) => {
  const { client, engine, clock } = await setUp(t, {
    '/metrics': (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('vllm:num_requests_running 2\n', () => response.destroy())
    },
  })
  await t.rejects(client.scrape(engine), { code: 'ENGINE_CONNECTION' })
  t.equal(clock.pendingTimers, 0)
})

t.test('scrape() stops when its signal aborts, and closes the connection', async (t) => {
  const { client, engine, server, clock } = await setUp(t, {})
  const closed = new Promise<void>((resolve) => {
    server.on('/metrics', (request) => void once(request.socket, 'close').then(() => resolve()))
  })
  const stopping = new AbortController()
  const scrape = client.scrape(engine, stopping.signal)
  await server.requested('/metrics')
  stopping.abort()
  await t.rejects(scrape, { code: 'ENGINE_ASK_STOPPED' })
  await closed
  t.equal(clock.pendingTimers, 0)
})

t.test('scrape() leaves no listener on its signal', async (t) => {
  const { client, engine } = await setUp(t, { '/metrics': answer('') })
  const { signal } = new AbortController()
  await client.scrape(engine, signal)
  t.strictSame(getEventListeners(signal, 'abort'), [])
})

t.test('scrape() sends nothing when its signal has already aborted', async (t) => {
  const { client, engine, server } = await setUp(t, { '/metrics': answer('') })
  await t.rejects(client.scrape(engine, AbortSignal.abort()), { code: 'ENGINE_ASK_STOPPED' })
  t.strictSame(server.paths, [])
})

t.test('models() lists base models and LoRA adapters with their parents, and sends the API key', async (t) => {
  const cards = [
    { id: 'Qwen/Qwen3-32B', object: 'model', root: '/models/qwen', parent: null, max_model_len: 32_768 },
    { id: 'sql', object: 'model', root: '/adapters/sql', parent: 'Qwen/Qwen3-32B' },
  ]
  let authorization: string | undefined
  const models: Handler = (request, response) => {
    authorization = request.headers.authorization
    response.end(JSON.stringify({ object: 'list', data: cards }))
  }
  const { client, engine } = await setUp(t, { '/v1/models': models }, { apiKey: 'secret' })
  t.strictSame(await client.models(engine), [{ name: 'Qwen/Qwen3-32B' }, { name: 'sql', parent: 'Qwen/Qwen3-32B' }])
  t.equal(authorization, 'Bearer secret')
})

for (const body of ['', 'null', '[]', '{"data":{}}', '<html>']) {
  t.test(`models() refuses the body ${JSON.stringify(body)}`, async (t) => {
    const { client, engine } = await setUp(t, { '/v1/models': answer(body) })
    await t.rejects(client.models(engine), {
      code: 'ENGINE_ANSWER_FORMAT',
      message: /^Cannot list the models of "pod-7": /,
    })
  })
}

t.test('models() leaves out cards without a name', async (t) => {
  const { client, engine } = await setUp(t, {
    '/v1/models': answer('{"data":[{"id":""},{"id":7},null,"x",{"id":"m"}]}'),
  })
  t.strictSame(await client.models(engine), [{ name: 'm' }])
})

t.test('health() gives the status, whatever it is', async (t) => {
  const { client, engine, server } = await setUp(t, { '/health': answer('') })
  t.equal(await client.health(engine), 200)
  server.on('/health', answer('dead', 503))
  t.equal(await client.health(engine), 503)
})
