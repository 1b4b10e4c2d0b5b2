import t from 'tap'
import { createFleet } from '../../../../src/simulation/fleet/fleet.ts'
import { engineProfile } from '../../../../src/simulation/profiles.ts'
import { chat, startFleet } from '../../../support/simulated-fleet.ts'

t.test('each replica has its own ports, name and cache', async (t) => {
  const { fleet, postJson } = await startFleet(t, { replicas: 3 })
  t.match(fleet.replicas, [{ name: 'replica-0' }, { name: 'replica-1' }, { name: 'replica-2', model: 'tiny' }])
  const addresses = fleet.replicas.flatMap(({ url, kvEvents, replay }) => [url, kvEvents, replay])
  t.equal(new Set(addresses).size, 9)
  await postJson('/v1/chat/completions', chat('hello', { max_tokens: 10, ignore_eos: true }))
  t.match(
    [0, 1].map((index) => fleet.engineStats(index)?.generationTokens),
    [10, 0],
  )
  t.throws(() => fleet.engineStats(3), RangeError)
})

t.test('engine, block size and number of blocks can be chosen', async (t) => {
  const sized = await startFleet(t, { engine: engineProfile('smg-mock'), blockTokens: 32 })
  t.match(sized.fleet.engineStats(0), { kvBlocks: 524_288 / 32 })
  t.equal(sized.fleet.replicas[0]?.model, 'mock-model')
  const small = await startFleet(t, { kvBlocks: 7 })
  t.match(small.fleet.engineStats(0), { kvBlocks: 7 })
})

t.test('when a port is taken the fleet leaves nothing listening', async (t) => {
  const { fleet } = await startFleet(t)
  const taken = Number(new URL(fleet.replicas[0]?.url ?? '').port)
  const free = { replicas: 2, kvEventsPort: 0, kvReplayPort: 0 }
  await t.rejects(createFleet({ ...free, port: taken - 1 }), { code: 'PORT_IN_USE' })
  await t.rejects(fetch(`http://127.0.0.1:${taken - 1}/health`))
})

t.test('a stopped fleet refuses connections and can be stopped again', async (t) => {
  const { fleet, url } = await startFleet(t)
  const never = new AbortController().signal
  await fleet.stop(never)
  await fleet.stop(never)
  await t.rejects(fetch(`${url}/health`))
})
