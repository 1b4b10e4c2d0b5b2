import t from 'tap'
import { isObject } from '../../../router/openai/json.ts'
import { warmpath } from '../../../router/policies/warmpath.ts'
import { createRandom } from '../../../src/random.ts'
import {
  answers,
  answersGarbage,
  type Behaviour,
  diesMidStream,
  dropsAfterHead,
  dropsBeforeHead,
  failsMidStream,
  hangs,
  hangsAfterHead,
  stallsMidStream,
  startFakeReplica,
  streams,
  truncates,
} from '../../support/fake-replica.ts'
import { rowsOf, startProxy } from '../../support/proxy-harness.ts'

const behaviours: readonly Behaviour[] = [
  streams(),
  streams(Array.from({ length: 200 }, (_, i) => `token ${i} `)),
  answers(400, { error: { message: 'no' } }),
  answers(503, { error: { message: 'scaling' } }),
  answersGarbage,
  diesMidStream,
  dropsAfterHead,
  dropsBeforeHead,
  hangs,
  hangsAfterHead,
  stallsMidStream,
  truncates('application/json'),
  failsMidStream,
]

/** When a client gives up: never, at once, when the answer begins, or after its first piece. */
const patience = ['to the end', 'not at all', 'until the head', 'until the first piece'] as const

async function call(url: string, body: string, leaves: (typeof patience)[number]): Promise<void> {
  const leaving = new AbortController()
  const init = { method: 'POST', body, signal: leaving.signal }
  const answer = fetch(`${url}/v1/chat/completions`, init)
  if (leaves === 'not at all') leaving.abort()
  const response = await answer
  if (leaves === 'until the head') leaving.abort()
  const reader = response.body?.getReader()
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) {
    if (leaves === 'until the first piece') leaving.abort()
  }
}

for (const seed of [1, 2, 3]) {
  t.test(`after a storm of faults and leaving clients (seed ${seed}) nothing is in flight`, async (t) => {
    const random = createRandom(seed)
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
    const misbehave: Behaviour = (exchange) => pick(behaviours)?.(exchange)
    const replicas = await Promise.all(['r0', 'r1', 'r2'].map((name) => startFakeReplica(name, misbehave)))
    const proxy = await startProxy({ replicas, policy: warmpath, settings: { firstByteTimeout: 50, idleTimeout: 50 } })
    t.teardown(async () => {
      await proxy.close()
      await Promise.all(replicas.map((replica) => replica.close()))
    })

    const calls = Array.from({ length: 200 }, (_, i) => {
      const messages = [{ role: 'user', content: `prefix ${i % 7} `.repeat(20) }]
      const body = JSON.stringify({ model: 'm', messages, stream: random() < 0.7 })
      return call(proxy.url, body, pick(patience) ?? 'to the end')
    })
    const settled = await Promise.allSettled(calls)
    t.equal(settled.length, 200)
    await proxy.drain()
    await Promise.all(replicas.map((replica) => replica.idle()))

    for (const { name } of replicas) {
      const { requests, prefillRequests, prefillTokens, promptTokens, kvBlocks } = proxy.router.view(name).load
      t.strictSame(
        { requests, prefillRequests, prefillTokens, promptTokens, kvBlocks },
        { requests: 0, prefillRequests: 0, prefillTokens: 0, promptTokens: 0, kvBlocks: 0 },
      )
    }
    const sums = { completed: 0, failed: 0, cancelled: 0 }
    for (const { totals } of await rowsOf(fetch(`${proxy.adminUrl}/api/endpoints`), 'endpoints')) {
      const { routed, completed, failed, cancelled } = isObject(totals) ? totals : {}
      t.equal(routed, Number(completed) + Number(failed) + Number(cancelled))
      sums.completed += Number(completed)
      sums.failed += Number(failed)
      sums.cancelled += Number(cancelled)
    }
    t.ok(sums.completed > 0 && sums.failed > 0 && sums.cancelled > 0, JSON.stringify(sums))
  })
}
