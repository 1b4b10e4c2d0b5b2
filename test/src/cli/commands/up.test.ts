import { once } from 'node:events'
import { Agent } from 'node:https'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { isObject } from '../../../../router/openai/json.ts'
import { rowsOf } from '../../../support/proxy-harness.ts'
import { resultOf, startCli } from '../../../support/run-cli.ts'
import { podReview, postReview, vllmPod } from '../../../support/webhook-harness.ts'

const main = 'src/cli/main.ts'
const ports = ['--port', '--admin-port', '--webhook-port', '--fleet-port', '--kv-events-port', '--kv-replay-port']
const freePorts = ports.flatMap((flag) => [flag, '0'])

/** Runs `warmpath up` until the test ends; resolves when it has printed all its lines. */
async function start(t: Test, ...more: readonly string[]) {
  const child = startCli(main, ['up', ...freePorts, '--replicas', '3', '--speed', '20', ...more])
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.startsWith('and look at')) break
  }
  const urlOf = (what: string) => lines.find((line) => line.startsWith(what))?.replace(/^.* on /, '') ?? ''
  return { child, lines, router: urlOf('router'), admin: urlOf('admin') }
}

const chat = (url: string, content: string, more: object = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'warmpath/demo', messages: [{ role: 'user', content }], max_tokens: 8, ...more }),
  })

const long = 'Everybody who asks here starts with the same long introduction. '.repeat(40)

t.test('up prints a line per address and command lines that work', async (t) => {
  const { lines, router, admin } = await start(t)
  t.match(lines.slice(0, 3), [
    /^replica-0 http:\/\/127\.0\.0\.1:\d+$/,
    /^replica-0 kv-events tcp:\/\/127\.0\.0\.1:\d+$/,
    /^replica-0 kv-replay tcp:\/\/127\.0\.0\.1:\d+$/,
  ])
  t.equal(lines.filter((line) => /^(replica-\d|router|admin) /.test(line)).length, 3 * 3 + 2)
  const commands = lines.filter((line) => line.startsWith('  curl'))
  for (const command of commands) {
    t.match(command, `${router}/v1/chat/completions -H 'content-type: application/json' -d '`)
    const body = / -d '(.*)'$/.exec(command)?.[1] ?? ''
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${router}/v1/chat/completions`, { method: 'POST', headers, body })
    t.match(await response.text(), /"choices"/)
  }
  t.equal(commands.length, 2)
  t.equal(lines.at(-1), `and look at ${admin}/ in a browser.`)
  t.match(await (await fetch(`${admin}/`)).text(), /<title>warmpath<\/title>/)
})

t.test('up serves the webhook too: over TLS, with its metrics on the one admin port', async (t) => {
  const { lines, admin } = await start(t, '--replicas', '1')
  const webhook = lines.find((line) => line.startsWith('webhook listening on '))?.replace(/^.* on /, '') ?? ''
  t.match(webhook, /^https:\/\/127\.0\.0\.1:\d+$/)
  const agent = new Agent({ rejectUnauthorized: false })
  const { body } = await postReview(webhook, podReview(vllmPod), { agent })
  t.match(body, { response: { allowed: true, patchType: 'JSONPatch' } })
  const metrics = await (await fetch(`${admin}/metrics`)).text()
  t.match(metrics, /^warmpath_webhook_reviews_total\{path="\/mutate\/pods",outcome="mutated"\} 1$/m)
})

t.test('a taken webhook port does not stop the rest', async (t) => {
  const first = await start(t, '--replicas', '1')
  const taken = /^webhook listening on .*:(\d+)$/m.exec(first.lines.join('\n'))?.[1] ?? ''
  const second = await start(t, '--replicas', '1', '--webhook-port', taken)
  t.match(second.lines.join('\n'), /^webhook listening on /m)
  t.notMatch(second.lines.join('\n'), `webhook listening on https://127.0.0.1:${taken}\n`)
})

t.test('the same long prompt twice lands on the same replica, whose second answer reports cached tokens', async (t) => {
  const { router, admin } = await start(t)
  const whole = await chat(router, `${long} First question.`)
  t.match(await whole.json(), { usage: { prompt_tokens_details: { cached_tokens: 0 } } })
  const streamed = await chat(router, `${long} Second question.`, {
    stream: true,
    stream_options: { include_usage: true },
  })
  const events = await streamed.text()
  t.equal(streamed.headers.get('x-warmpath-endpoint'), whole.headers.get('x-warmpath-endpoint'))
  t.ok(Number(/"cached_tokens":(\d+)/.exec(events)?.[1]) > 500)
  t.match(events, /\[DONE\]/)

  const decisions = await rowsOf(fetch(`${admin}/api/decisions`), 'decisions')
  t.match(decisions, [{ outcome: 'completed', observedCachedTokens: Number }, { outcome: 'completed' }])
  const endpoints = await rowsOf(fetch(`${admin}/api/endpoints`), 'endpoints')
  t.same(
    endpoints.map(({ pool, name }) => [pool, name]),
    [0, 1, 2].map((index) => ['local', `replica-${index}`]),
  )
  const explained = await fetch(`${admin}/api/explain`, {
    method: 'POST',
    body: JSON.stringify({ model: 'warmpath/demo', messages: [{ role: 'user', content: `${long} Third question.` }] }),
  })
  t.match(await explained.json(), { endpoint: whole.headers.get('x-warmpath-endpoint') ?? '', reason: /^prefix-hit/ })
})

t.test('--demo-load sends chats that share prefixes, until SIGTERM, and up exits 0', async (t) => {
  const { child, admin, lines } = await start(
    t,
    '--demo-load',
    '200',
    '--model',
    "it's mine",
    '--policy',
    'round-robin',
  )
  t.match(
    lines.find((line) => line.includes('curl')),
    `"model":"it'\\''s mine"`,
  )
  const exited = once(child, 'exit')
  let completed = 0
  while (completed === 0) {
    const decisions = await rowsOf(fetch(`${admin}/api/decisions`), 'decisions')
    completed = decisions.filter((one) => one['outcome'] === 'completed' && one['model'] === "it's mine").length
  }
  const pool: unknown = await (await fetch(`${admin}/api/endpoints`)).json()
  t.equal(isObject(pool) && pool['policy'], 'round-robin')
  child.kill('SIGTERM')
  t.strictSame(await exited, [0, null])
})

t.test('on SIGTERM it ends its streams, then exits 0', async (t) => {
  const { child, router } = await start(t)
  const exited = once(child, 'exit')
  const response = await chat(router, 'hello', { stream: true, max_tokens: 400, ignore_eos: true })
  child.kill('SIGTERM')
  t.match(await response.text(), /\[DONE\]/)
  t.strictSame(await exited, [0, null])
})

t.test('a taken port is named with the option to change', async (t) => {
  const { router, admin, lines } = await start(t)
  const portOf = (url: string) => new URL(url).port
  for (const [flag, url] of [
    ['--port', router],
    ['--admin-port', admin],
    ['--fleet-port', lines[0]?.split(' ')[1] ?? ''],
  ] as const) {
    const { code, stderr } = await resultOf(startCli(main, ['up', ...freePorts, flag, portOf(url)]))
    t.equal(code, 1)
    t.match(stderr, new RegExp(`${portOf(url)}: the port is in use; choose another with ${flag}"`))
  }
})

t.test('a fault for a replica that will not be there is a usage error', async (t) => {
  const { code, stderr } = await resultOf(startCli(main, ['up', ...freePorts, '--faults', 'replica=4,kind=hang']))
  t.equal(code, 2)
  t.match(stderr, /--faults: got replica=4, expected replica from 0 to 3/)
})
