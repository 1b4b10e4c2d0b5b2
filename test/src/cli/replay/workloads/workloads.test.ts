import t from 'tap'
import { blockKeys } from '../../../../../src/cli/replay/block-keys.ts'
import type { TraceRequest } from '../../../../../src/cli/replay/trace.ts'
import { workloads } from '../../../../../src/cli/replay/workloads/index.ts'
import { createRandom } from '../../../../../src/random.ts'

function generate(
  name: string,
  { requests, seed = 1, rate }: { requests: number; seed?: number; rate?: number },
): readonly TraceRequest[] {
  const workload = workloads.find((one) => one.name === name)
  if (workload === undefined) throw new Error(`no workload ${name}`)
  const size = { requests, requestsPerSecond: rate ?? workload.defaults.requestsPerSecond }
  return workload.generate(size, createRandom(seed))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

for (const { name, defaults } of workloads) {
  t.test(`${name} gives the same requests for the same seed, and others for another`, (t) => {
    const text = (seed: number): string => JSON.stringify(generate(name, { requests: 500, seed }))
    t.ok(text(1) === text(1))
    t.ok(text(1) !== text(2))
    t.end()
  })

  t.test(`${name} gives exactly the requests asked for, in order of arrival from 0, in whole ms`, (t) => {
    for (const requests of [1, 2, 700]) {
      const times = generate(name, { requests }).map(({ atMs }) => atMs)
      t.equal(times.length, requests)
      t.equal(times[0], 0)
      t.same(
        times,
        times.map(Math.round).toSorted((a, b) => a - b),
      )
    }
    t.end()
  })

  t.test(`${name} keeps to the rate asked for, from beginning to end`, (t) => {
    for (const rate of [defaults.requestsPerSecond, 3]) {
      const times = generate(name, { requests: 4000, rate }).map(({ atMs }) => atMs)
      for (const [from, to] of [
        [0, 1333],
        [1333, 2666],
        [2666, 3999],
      ] as const) {
        const seconds = ((times[to] ?? 0) - (times[from] ?? 0)) / 1000
        t.ok(Math.abs((to - from) / seconds / rate - 1) < 0.15, `${(to - from) / seconds} of ${rate} per second`)
      }
    }
    t.end()
  })

  t.test(`${name} describes every prompt token, and the answer as a whole or not at all`, (t) => {
    for (const { promptTokens, outputTokens, content } of generate(name, { requests: 700 })) {
      const described = sum(content.map(({ tokens }) => tokens))
      if (described !== promptTokens && described !== promptTokens + outputTokens) t.fail(`${described} tokens`)
      if (
        ![promptTokens, outputTokens, ...content.map(({ tokens }) => tokens)].every(
          (count) => Number.isInteger(count) && count >= 1,
        )
      )
        t.fail('tokens are whole and at least 1')
    }
    t.end()
  })
}

t.test('w0 has 150 groups of 5 prompts of 6000 + 1200 tokens, 1000 out, which come again', (t) => {
  const requests = generate('w0', { requests: 12_000 })
  t.equal(new Set(requests.map(({ content }) => content[0]?.id)).size, 150)
  t.equal(new Set(requests.map(({ content }) => content[1]?.id)).size, 750)
  t.equal(new Set(requests.flatMap(({ content }) => content.map(({ id }) => id))).size, 900)
  t.ok(requests.every(({ promptTokens, outputTokens }) => promptTokens === 7200 && outputTokens === 1000))
  t.end()
})

t.test('hot-prefix has one prefix of 6000 tokens and nothing else in common', (t) => {
  const requests = generate('hot-prefix', { requests: 500 })
  const keys = blockKeys({ name: '', requests, skippedLines: 0 }, 16).map((ofRequest) => [...ofRequest])
  t.same(new Set(keys.map((ofRequest) => ofRequest.slice(0, 375).join())).size, 1)
  t.equal(new Set(keys.map((ofRequest) => ofRequest[375])).size, 500)
  t.ok(requests.every(({ promptTokens, outputTokens }) => promptTokens === 7200 && outputTokens === 300))
  t.end()
})

for (const name of ['multi-turn', 'agentic']) {
  t.test(`${name}: each turn of a session repeats the one before, its answer included, and comes later`, (t) => {
    const sessions = Map.groupBy(generate(name, { requests: 3000 }), ({ sessionId }) => sessionId)
    t.notOk(sessions.has(undefined))
    for (const turns of sessions.values()) {
      for (const [index, turn] of turns.slice(1).entries()) {
        const { content = [], atMs = Infinity } = turns[index] ?? {}
        if (
          !content.every(
            ({ id, tokens }, span) => turn.content[span]?.id === id && turn.content[span].tokens === tokens,
          )
        )
          t.fail('the history differs')
        if (turn.atMs <= atMs) t.fail('a turn is not later than the one before')
      }
    }
    t.end()
  })

  t.test(`${name} stays within a context of 32,000 tokens`, (t) => {
    const longest = generate(name, { requests: 12_000 }).map(
      ({ promptTokens, outputTokens }) => promptTokens + outputTokens,
    )
    t.ok(longest.every((tokens) => tokens <= 32_000))
    t.end()
  })
}

t.test('multi-turn has four system prompts of unequal demand', (t) => {
  const bySystem = Map.groupBy(generate('multi-turn', { requests: 6000 }), ({ content }) => content[0]?.id)
  const shares = [...bySystem].toSorted(([a = 0], [b = 0]) => a - b).map(([, turns]) => turns.length / 6000)
  t.equal(shares.length, 4)
  for (const [index, expected] of [0.5, 0.25, 0.15, 0.1].entries()) {
    t.ok(Math.abs((shares[index] ?? 0) - expected) < 0.05, `${shares[index]} of ${expected}`)
  }
  t.end()
})

t.test('agentic has few sessions of many turns, all with the same first 3000 tokens', (t) => {
  const requests = generate('agentic', { requests: 10_000 })
  t.same(new Set(requests.map(({ content }) => `${content[0]?.id}:${content[0]?.tokens}`)), new Set(['0:3000']))
  const turns = [...Map.groupBy(requests, ({ sessionId }) => sessionId).values()].map(({ length }) => length)
  t.ok(Math.max(...turns) > 40)
  t.ok(sum(turns) / turns.length > 20)
  t.end()
})
