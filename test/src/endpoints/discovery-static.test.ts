import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { realClock, type Clock } from '../../../src/clock.ts'
import { discoverFromFile, endpointsFromUrls } from '../../../src/endpoints/discovery-static.ts'
import { createPool } from '../../../src/endpoints/pool.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { endpointNames, untilPool } from '../../support/pool-watch.ts'
import { recordLog } from '../../support/recorded-log.ts'

const fileWith = (...names: string[]): string =>
  JSON.stringify({
    pools: [{ name: 'local', model: 'm', endpoints: names.map((name) => ({ name, url: `http://${name}:8000` })) }],
  })

interface SetUp {
  readonly dir: string
  readonly path?: string
  readonly clock?: Clock
}

async function discover(t: Test, { dir, path = join(dir, 'endpoints.json'), clock = realClock }: SetUp) {
  const pool = createPool(clock)
  const recorded = recordLog()
  const discovery = await discoverFromFile({ path, pool, clock, log: recorded.log, settleMs: 1, pollMs: 10_000 })
  t.teardown(() => discovery.stop())
  const untilNames = (...names: string[]) => untilPool(pool, (now) => endpointNames(now).join() === names.join())
  return { pool, path, discovery, untilNames, ...recorded }
}

t.test('the endpoints of the file are in the pool once discovery has started', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a', 'b') })
  const { pool, lines, path } = await discover(t, { dir })
  t.strictSame(endpointNames(pool.snapshot()), ['a', 'b'])
  t.strictSame(lines, [{ level: 'info', event: 'endpoints file loaded', fields: { path, endpoints: 2 } }])
})

t.test('a file with no endpoint is taken, with a warning', async (t) => {
  const { lines } = await discover(t, { dir: t.testdir({ 'endpoints.json': 'pools: []' }) })
  t.match(lines, [{ level: 'warn', event: 'endpoints file lists no endpoint' }])
})

t.test('a wrong file at the start is a configuration error that names every problem', async (t) => {
  const dir = t.testdir({ 'endpoints.json': '{"pools":[{"name":"p","model":7,"endpoints":{}}]}' })
  const clock = createManualClock()
  await t.rejects(discover(t, { dir, clock }), {
    code: 'CONFIG_INVALID',
    problems: [{ path: 'endpoints.json:pools[0].model', value: '7' }, { path: 'endpoints.json:pools[0].endpoints' }],
  })
  t.equal(clock.pendingTimers, 0, 'nothing is left behind')
})

for (const [what, content] of [
  ['a missing file', {}],
  ['a directory in its place', { 'endpoints.json': {} }],
  ['a file over the limit', { 'endpoints.json': ' '.repeat((4 << 20) + 1) }],
] as const) {
  t.test(`${what} at the start is a configuration error`, async (t) => {
    const dir = t.testdir(content)
    await t.rejects(discover(t, { dir }), { code: 'CONFIG_INVALID', problems: [{ value: 'an unreadable file' }] })
  })
}

t.test('a missing directory at the start is a configuration error', async (t) => {
  await t.rejects(discover(t, { dir: join(t.testdir({}), 'nowhere') }), { code: 'CONFIG_INVALID' })
})

t.test('a file written in place is read again', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a') })
  const { path, untilNames } = await discover(t, { dir })
  await writeFile(path, fileWith('b'))
  await untilNames('b')
})

t.test('a file renamed over the old one is read again, more than once', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a') })
  const { path, untilNames } = await discover(t, { dir })
  for (const name of ['b', 'c']) {
    await writeFile(`${path}.new`, fileWith(name))
    await rename(`${path}.new`, path)
    await untilNames(name)
  }
})

t.test('a ConfigMap volume is read again when Kubernetes swaps its ..data link', async (t) => {
  const dir = t.testdir({
    '..1': { 'endpoints.json': fileWith('a') },
    '..data': t.fixture('symlink', '..1'),
    'endpoints.json': t.fixture('symlink', '..data/endpoints.json'),
  })
  const { untilNames } = await discover(t, { dir })
  await mkdir(join(dir, '..2'))
  await writeFile(join(dir, '..2', 'endpoints.json'), fileWith('b'))
  await symlink('..2', join(dir, '..data_tmp'))
  await rename(join(dir, '..data_tmp'), join(dir, '..data'))
  await untilNames('b')
})

t.test('a change that raises no event is found by polling', async (t) => {
  const dir = t.testdir({
    elsewhere: { 'target.json': fileWith('a') },
    watched: { 'endpoints.json': t.fixture('symlink', '../elsewhere/target.json') },
  })
  const clock = createManualClock()
  const { untilNames } = await discover(t, { dir: join(dir, 'watched'), clock })
  await writeFile(join(dir, 'elsewhere', 'target.json'), fileWith('b'))
  clock.advance(10_000)
  await untilNames('b')
})

t.test('of many writes in a row the last one is in the pool at the end', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a') })
  const { path, untilNames } = await discover(t, { dir })
  for (let i = 0; i < 50; i += 1) await writeFile(path, fileWith(`write-${i}`))
  await untilNames('write-49')
})

t.test('a broken reload keeps the last good set and logs path, key, value and what was expected', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a') })
  const { path, pool, line, untilNames } = await discover(t, { dir })
  await writeFile(path, '{"pools":[{"name":"p","model":7,"endpoints":[{"name":"a","url":"a"}]}]}')
  t.match(await line('endpoints file not reloaded, last good set kept'), {
    level: 'error',
    fields: {
      path,
      problems: [
        /^endpoints\.json:pools\[0\]\.model: got 7, expected the model name/,
        /^endpoints\.json:pools\[0\]\.endpoints\[0\]\.url: got "a", expected an http or https address/,
      ],
    },
  })
  t.strictSame(endpointNames(pool.snapshot()), ['a'])
  await writeFile(path, fileWith('b'))
  await untilNames('b')
})

t.test('a file that vanishes keeps the last good set, logs once, and is taken again when it is back', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a') })
  const { path, pool, line, lines, untilNames } = await discover(t, { dir })
  await rm(path)
  t.match(await line('endpoints file not reloaded, last good set kept'), { fields: { problems: [/ENOENT/] } })
  t.strictSame(endpointNames(pool.snapshot()), ['a'])
  await writeFile(path, fileWith('b'))
  await untilNames('b')
  t.equal(lines.filter(({ level, fields }) => level === 'error' && /ENOENT/.test(String(fields['problems']))).length, 1)
})

t.test('an endpoint whose name another source has is refused with its owner', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a', 'b') })
  const pool = createPool(realClock)
  const [endpoint] = endpointsFromUrls({ urls: ['http://a'], pool: 'p', model: 'm', path: '--endpoints' })
  if (endpoint !== undefined) pool.apply({ kind: 'added', source: 'list', endpoint })
  const { log, lines } = recordLog()
  const discovery = await discoverFromFile({ path: join(dir, 'endpoints.json'), pool, clock: realClock, log })
  t.teardown(() => discovery.stop())
  t.match(lines, [{ level: 'error', fields: { endpoint: 'a', owner: 'list' } }, { level: 'info' }])
  t.strictSame(endpointNames(pool.snapshot()), ['a', 'b'])
})

t.test('after stop() nothing is read or left behind', async (t) => {
  const dir = t.testdir({ 'endpoints.json': fileWith('a') })
  const clock = createManualClock()
  const { discovery, path, pool } = await discover(t, { dir, clock })
  discovery.stop()
  await writeFile(path, fileWith('b'))
  clock.advance(60_000)
  t.equal(clock.pendingTimers, 0)
  t.strictSame(endpointNames(pool.snapshot()), ['a'])
})

t.test('endpointsFromUrls() names endpoints by host and port', (t) => {
  t.strictSame(
    endpointsFromUrls({ urls: ['http://10.0.3.7:8000', 'https://B'], pool: 'p', model: 'm', path: '--endpoints' }),
    [
      { name: '10.0.3.7:8000', url: 'http://10.0.3.7:8000', pool: 'p', model: 'm', labels: {} },
      { name: 'b', url: 'https://b', pool: 'p', model: 'm', labels: {} },
    ],
  )
  t.strictSame(endpointsFromUrls({ urls: [], pool: 'p', model: 'm', path: '--endpoints' }), [])
  t.end()
})

t.test('endpointsFromUrls() names every wrong and every repeated URL', (t) => {
  const urls = ['http://a:8000', 'a', 'ftp://b', 'http://A:8000/']
  const address = 'an http or https address without path, such as "http://10.0.3.7:8000"'
  t.throws(() => endpointsFromUrls({ urls, pool: 'p', model: 'm', path: '--endpoints' }), {
    message: [
      `--endpoints[1]: got "a", expected ${address}`,
      `--endpoints[2]: got "ftp://b", expected ${address}`,
      '--endpoints[3]: got "http://A:8000/", expected a host and port not listed before',
    ].join('\n'),
  })
  t.end()
})
