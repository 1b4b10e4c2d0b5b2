import t from 'tap'
import { chat, post, startFor } from '../../support/proxy-harness.ts'

const long = { ...chat, messages: [{ role: 'user', content: 'the same long prompt '.repeat(50) }] }

t.test('an endpoint that moves to another URL under its name takes no prefixes along', async (t) => {
  const { proxy, first } = await startFor(t, 1)
  await (await post(proxy.url, long)).text()
  t.ok(proxy.router.view('r0').indexedBlocks > 0)
  const moved = {
    name: 'r0',
    url: first.url.replace('127.0.0.1', 'localhost'),
    pool: 'test',
    model: 'm',
    labels: {},
  }
  proxy.pool.apply({ kind: 'replaced', source: 'test', endpoints: [moved] })
  t.equal(proxy.router.view('r0').indexedBlocks, 0)
})
