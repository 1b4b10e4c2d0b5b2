import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { type FakeReplica, startFakeReplica, streams } from '../../../support/fake-replica.ts'
import { resultOf, runCli, startCli } from '../../../support/run-cli.ts'

const main = 'src/cli/main.ts'
const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true })

async function start(t: Test, replica: FakeReplica, ...more: readonly string[]) {
  const child = startCli(main, [
    'router',
    '--endpoints',
    replica.url,
    '--model',
    'm',
    '--port',
    '0',
    '--admin-port',
    '0',
    ...more,
  ])
  t.teardown(async () => {
    child.kill('SIGKILL')
    await replica.close()
  })
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === 2) break
  }
  const urlOf = (what: string) => lines.find((line) => line.startsWith(what))?.replace(/^.* on /, '') ?? ''
  return { child, lines, router: urlOf('router'), admin: urlOf('admin') }
}

const post = (url: string) => fetch(`${url}/v1/chat/completions`, { method: 'POST', body })

t.test('warmpath router prints one line per address and answers on both', async (t) => {
  const { lines, router, admin } = await start(t, await startFakeReplica('r0'))
  t.match(lines, [/^router listening on http:\/\/localhost:\d+$/, /^admin listening on http:\/\/localhost:\d+$/])
  t.match(await (await post(router)).text(), /\[DONE\]/)
  t.match(await (await fetch(`${admin}/api/decisions`)).json(), { decisions: [{ model: 'm', policy: 'warmpath' }] })
  t.match(await (await fetch(`${admin}/metrics`)).text(), /warmpath_router_requests_total\{model="m",status="2xx"\} 1/)
})

t.test('--policy chooses the policy', async (t) => {
  const { router, admin } = await start(
    t,
    await startFakeReplica('r0'),
    '--policy',
    'least-request',
    '--no-decision-headers',
  )
  const response = await post(router)
  await response.text()
  t.equal(response.headers.get('x-warmpath-decision'), null)
  t.match(await (await fetch(`${admin}/api/endpoints`)).json(), { policy: 'least-request' })
})

t.test('on SIGTERM it is unready at once, ends its streams, and exits 0', async (t) => {
  const replica = await startFakeReplica('r0')
  const held = Promise.withResolvers<() => void>()
  replica.next((exchange) => held.resolve(() => streams()(exchange)))
  const { child, router, admin } = await start(t, replica)
  const exited = once(child, 'exit')
  const answer = post(router)
  const finish = await held.promise
  child.kill('SIGTERM')
  // The admin port stays until the streams have ended.
  let ready = await fetch(`${admin}/readyz`)
  while (!(await ready.text()).includes('stopping')) ready = await fetch(`${admin}/readyz`)
  t.equal(ready.status, 503)
  finish()
  t.match(await (await answer).text(), /\[DONE\]/)
  t.match(await exited, [0, null])
})

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no endpoints at all', [], /endpointsFile: got none, expected a file, or URLs in endpoints/],
  ['URLs without a model', ['--endpoints', 'http://127.0.0.1:1'], /model: got none/],
  ['a URL that is none', ['--endpoints', 'nonsense', '--model', 'm'], /endpoints\[0\]/],
  ['a policy that does not exist', ['--policy', 'best'], /policy.*one of warmpath/s],
]

for (const [what, flags, message] of wrong) {
  t.test(`${what} is named, with exit code 2`, async (t) => {
    const { code, stderr } = await runCli(main, ['router', ...flags, '--port', '0', '--admin-port', '0'])
    t.equal(code, 2)
    t.match(stderr, message)
  })
}

t.test('a taken port is named with its flag, and nothing stays behind', async (t) => {
  const replica = await startFakeReplica('r0')
  const { router } = await start(t, replica)
  const port = new URL(router).port
  const child = startCli(main, [
    'router',
    '--endpoints',
    replica.url,
    '--model',
    'm',
    '--port',
    port,
    '--admin-port',
    '0',
  ])
  const { code, stderr } = await resultOf(child)
  t.equal(code, 1)
  t.match(stderr, /--port/)
})
