import t, { type Test } from 'tap'
import { isObject } from '../../router/openai/json.ts'
import { warmpath } from '../../router/policies/warmpath.ts'
import { createFleet } from '../../src/simulation/fleet/fleet.ts'
import type { Fault } from '../../src/simulation/fleet/faults.ts'
import { type HarnessOptions, post, startProxy } from '../support/proxy-harness.ts'

/** The router over simulated vLLM replicas that serve `m`, ten times as fast as the `laptop` profile. */
async function start(t: Test, replicas: number, options: Omit<HarnessOptions, 'replicas'> = {}) {
  const fleet = await createFleet({ replicas, port: 0, kvEventsPort: 0, kvReplayPort: 0, model: 'm', speed: 10 })
  const proxy = await startProxy({ replicas: fleet.replicas, policy: warmpath, ...options })
  t.teardown(async () => {
    await proxy.close()
    await fleet.stop(AbortSignal.abort())
  })
  const chat = (content: string, more: object = {}, init: RequestInit = {}) =>
    post(
      proxy.url,
      { model: 'm', messages: [{ role: 'user', content }], max_tokens: 4, ...more },
      { headers: { 'content-type': 'application/json' }, ...init },
    )
  return { fleet, proxy, chat }
}

async function cachedTokensOf(response: Response): Promise<unknown> {
  const body: unknown = await response.json()
  const usage = isObject(body) ? body['usage'] : undefined
  const details = isObject(usage) ? usage['prompt_tokens_details'] : undefined
  return isObject(details) ? details['cached_tokens'] : undefined
}

const long = 'a prefix that several questions share, long enough to fill blocks. '.repeat(20)

t.test(
  'the same long prompt twice lands on the same replica, and the second answer reports cached tokens',
  async (t) => {
    const { chat } = await start(t, 4)
    for (const subject of ['red', 'green', 'blue', 'grey', 'pink']) {
      const one = await chat(`${subject} ${long} first question`)
      t.equal(await cachedTokensOf(one), 0)
      const two = await chat(`${subject} ${long} another question`)
      t.equal(two.headers.get('x-warmpath-endpoint'), one.headers.get('x-warmpath-endpoint'))
      t.ok(Number(await cachedTokensOf(two)) > 200)
    }
  },
)

t.test('a client that leaves ends the generation on its replica', async (t) => {
  const { fleet, proxy, chat } = await start(t, 1)
  const leaving = new AbortController()
  const endless = { stream: true, max_tokens: 20_000, ignore_eos: true }
  const response = await chat('tell me everything', endless, {
    signal: leaving.signal,
    headers: { 'content-type': 'application/json' },
  })
  await response.body?.getReader().read()
  t.equal(fleet.engineStats(0)?.running, 1)
  leaving.abort()
  // The engine drops the request in its next step, so a later one finds it alone.
  await (await chat('hello')).text()
  t.equal(fleet.engineStats(0)?.running, 0)
  t.equal(proxy.inFlight(), 0)
})

const faults: readonly (readonly [string, Fault])[] = [
  ['answers 503', { kind: 'status', status: 503, times: 1, path: undefined }],
  // Twice: a kept-alive connection that drops may just have been closed, so the same replica is tried once more.
  ['cuts the connection before the first byte', { kind: 'drop', chunks: 0, times: 2, path: undefined }],
  ['dies', { kind: 'restart', downMs: 60_000, times: 1, path: undefined }],
  ['hangs', { kind: 'hang', times: 1, path: undefined }],
]

for (const [what, fault] of faults) {
  for (const stream of [true, false]) {
    t.test(`when a replica ${what}, a ${stream ? 'stream' : 'whole answer'} comes from another`, async (t) => {
      const { fleet, proxy, chat } = await start(t, 2, { settings: { firstByteTimeout: 500 } })
      const first = await chat(long)
      await first.text()
      const victim = fleet.replicas.findIndex(({ name }) => name === first.headers.get('x-warmpath-endpoint'))
      fleet.replica(victim).setFaults([fault])
      const response = await chat(long, { stream })
      t.equal(response.status, 200)
      t.not(response.headers.get('x-warmpath-endpoint'), first.headers.get('x-warmpath-endpoint'))
      t.match(await response.text(), stream ? /\[DONE\]/ : /"usage"/)
      t.equal(proxy.inFlight(), 0)
    })
  }
}

t.test('when a replica cuts a stream, the client is told within it', async (t) => {
  const { fleet, proxy, chat } = await start(t, 2)
  for (const i of [0, 1]) fleet.replica(i).setFaults([{ kind: 'drop', chunks: 2, times: 1, path: undefined }])
  t.match(await (await chat(long, { stream: true })).text(), /data: \{"error":\{"message":.*"upstream_error"/)
  t.equal(proxy.inFlight(), 0)
})

t.test('models are listed with the cards of the engines', async (t) => {
  const { proxy } = await start(t, 2)
  const response = await fetch(`${proxy.url}/v1/models`)
  t.match(await response.json(), { object: 'list', data: [{ id: 'm', object: 'model', max_model_len: Number }] })
  t.match(await (await fetch(`${proxy.url}/v1/models/m`)).json(), { id: 'm' })
})
