import t from 'tap'
import { WarmpathError } from '../../../src/errors.ts'
import { answerMs, firstPauseMs, follow, silenceMs, toSeen, watchMs } from './follow.ts'

t.test('an informer lists page by page, then delivers what changes', async (t) => {
  const { api, informer, heard, hears, pod } = await follow(t, {
    pageSize: 2,
    prepare: (_api, put) => ['a', 'b', 'c', 'd', 'e'].forEach((name) => put(name)),
  })
  t.equal(await informer.synced, true)
  t.same(
    informer.objects().map(({ key }) => key),
    ['a', 'b', 'c', 'd', 'e'].map((name) => `inference/${name}`),
  )
  await api.watching()
  t.equal(api.requests.filter(({ verb }) => verb === 'list').length, 3)
  pod('a', 2)
  api.remove('pods', 'inference/b')
  pod('f')
  await hears(8)
  t.same(heard.slice(5), ['modified inference/a 2', 'deleted inference/b 1', 'added inference/f 1'])
  t.same(informer.get('inference/a'), { key: 'inference/a', data: 2 })
  t.equal(informer.get('inference/b'), undefined)
})

t.test('a watch asks for bookmarks, from the version of the list, for 5 to 10 minutes', async (t) => {
  for (const [draw, seconds] of [
    [0, '300'],
    [0.5, '450'],
    [0.999, '600'],
  ] as const) {
    const { api } = await follow(t, { random: () => draw, prepare: (_api, put) => put('a') })
    await api.watching()
    const query = api.requests.at(-1)?.query
    t.same(Object.fromEntries(query ?? []), {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '101',
      timeoutSeconds: seconds,
    })
  }
})

t.test('a list whose version is compacted away between two pages starts over', async (t) => {
  let compact = () => {}
  const { api, informer, heard } = await follow(t, {
    pageSize: 2,
    prepare(fake, put) {
      ;['a', 'b', 'c'].forEach((name) => put(name))
      compact = () => {
        fake.remove('pods', 'inference/a')
        put('d')
        fake.compact()
        compact = () => {}
      }
    },
    // Called for the objects of the first page before the second is asked for.
    parse(object) {
      compact()
      return toSeen(object)
    },
  })
  await informer.synced
  t.same(heard, ['added inference/b 1', 'added inference/c 1', 'added inference/d 1'])
  t.same(
    api.requests.filter(({ verb }) => verb === 'list').map(({ query }) => query.has('continue')),
    [false, true, false, true],
  )
})

t.test('after a bookmark a watch goes on from there', async (t) => {
  const { api } = await follow(t)
  await api.watching()
  api.put('nodes', { name: 'n' })
  api.bookmark()
  api.endWatches()
  await api.requested('watch', 2)
  t.equal(api.requests.at(-1)?.query.get('resourceVersion'), '101')
  t.equal(api.requests.filter(({ verb }) => verb === 'list').length, 1)
})

for (const goneAs of ['status', 'event'] as const) {
  t.test(`after 410 as ${goneAs} the informer lists again and delivers the differences`, async (t) => {
    const { api, informer, heard, hears, pod, retry, lines } = await follow(t, {
      prepare: (_api, put) => ['deleted', 'changed', 'kept', 'replaced'].forEach((name) => put(name)),
    })
    await api.watching()
    api.goneAs = goneAs
    api.endWatches('cut')
    pod('changed', 2)
    api.remove('pods', 'inference/deleted')
    api.remove('pods', 'inference/replaced')
    pod('replaced')
    pod('new')
    api.put('nodes', { name: 'n' })
    api.compact()
    await retry()
    await retry(firstPauseMs * 2)
    await hears(4 + 5)
    t.same(heard.slice(4), [
      'deleted inference/deleted 1',
      'modified inference/changed 2',
      'added inference/new 1',
      'deleted inference/replaced 1',
      'added inference/replaced 1',
    ])
    t.equal(informer.objects().length, 4)
    t.same(
      lines.map(({ level, fields }) => [level, codeOf(fields['error'])]),
      [
        ['warn', 'KUBERNETES_CONNECTION'],
        ['info', 'KUBERNETES_STATUS'],
      ],
    )
    await api.watching()
    pod('later')
    await hears(4 + 6)
    t.equal(heard.at(-1), 'added inference/later 1')
  })
}

t.test('an error of the server, as status or as event, is retried ever later from the last version', async (t) => {
  const { api, heard, hears, pod, retry, informer } = await follow(t)
  await api.watching()
  pod('a')
  await hears(1)
  api.faultNext('watch', { status: 500 }, 'cut', { status: 503 })
  api.failWatches(500)
  await retry(firstPauseMs)
  await retry(firstPauseMs * 2)
  await retry(firstPauseMs * 4)
  await retry(firstPauseMs * 8)
  await api.watching()
  t.equal(informer.status().failures, 4)
  pod('b')
  await hears(2)
  t.same(heard, ['added inference/a 1', 'added inference/b 1'])
  t.equal(informer.status().failures, 0)
  t.same(
    api.requests.filter(({ verb }) => verb === 'watch').map(({ query }) => query.get('resourceVersion')),
    ['100', '101', '101', '101', '101'],
  )
  t.equal(api.requests.filter(({ verb }) => verb === 'list').length, 1)
})

t.test('the end of a watch after its time is no event: the next begins at once', async (t) => {
  const { api, clock, lines, pod, hears, informer, watching } = await follow(t)
  await watching()
  clock.advance(watchMs)
  await api.requested('watch', 2)
  await watching()
  pod('a')
  await hears(1)
  t.same(lines, [])
  t.equal(informer.status().failures, 0)
  t.equal(api.requests.filter(({ verb }) => verb === 'list').length, 1)
})

t.test('a watch that ends at once, without an event, is retried after a pause', async (t) => {
  const { api, retry, line } = await follow(t)
  await api.watching()
  api.endWatches()
  t.match(await line('kubernetes list or watch failed'), { fields: { retryMs: firstPauseMs } })
  await retry()
  await api.requested('watch', 2)
})

t.test('a watch that is silent beyond its time and the grace is given up, and missed changes come', async (t) => {
  const { api, clock, pod, hears, heard, retry, line, watching } = await follow(t)
  await watching()
  api.hang()
  pod('missed')
  clock.advance(silenceMs - 1)
  t.equal(clock.pendingTimers, 1, 'still waiting')
  clock.advance(1)
  await api.hungClosed()
  t.match(await line('kubernetes list or watch failed'), { fields: { error: { code: 'KUBERNETES_SILENT' } } })
  await retry()
  await hears(1)
  t.same(heard, ['added inference/missed 1'])
})

t.test('silence is counted from the last bytes', async (t) => {
  const { api, clock, pod, hears, watching, line } = await follow(t)
  await watching()
  clock.advance(watchMs - 1)
  pod('a')
  await hears(1)
  api.hang()
  clock.advance(silenceMs - 1)
  t.equal(clock.pendingTimers, 1, 'still waiting')
  clock.advance(1)
  t.match(await line('kubernetes list or watch failed'), { fields: { error: { code: 'KUBERNETES_SILENT' } } })
})

t.test('a list, and a watch, that are never answered are given up', async (t) => {
  const { api, clock, retry, informer, watching } = await follow(t, {
    prepare: (fake) => fake.faultNext('list', 'hang'),
  })
  await api.requested('list')
  clock.advance(answerMs)
  api.faultNext('watch', 'hang')
  await retry()
  t.equal(await informer.synced, true)
  await api.requested('watch')
  clock.advance(answerMs)
  await retry(firstPauseMs * 2)
  await watching()
})

for (const [what, spoil] of [
  ['that is not JSON', '{"type":"ADDED","object":'],
  ['of an unknown type', '{"type":"RENAMED","object":{}}'],
  ['without an object', '{"type":"ADDED"}'],
  ['that is empty', ''],
  ['longer than allowed', `{"type":"ADDED","object":"${'x'.repeat(2000)}"}`],
] as const) {
  t.test(`a line ${what} is logged and leads to a new list`, async (t) => {
    const { api, line, pod, hears, heard, retry } = await follow(t, { maxLineBytes: 1000 })
    await api.watching()
    api.writeLine(spoil)
    t.match(await line('kubernetes list or watch failed'), {
      level: 'warn',
      fields: { error: { code: 'KUBERNETES_UNREADABLE' } },
    })
    pod('meanwhile')
    await retry()
    await hears(1)
    await api.requested('watch', 2)
    pod('later')
    await hears(2)
    t.same(heard, ['added inference/meanwhile 1', 'added inference/later 1'])
    t.equal(api.requests.filter(({ verb }) => verb === 'list').length, 2)
  })
}

for (const how of ['cut', 'cut within a line', 'short'] as const) {
  t.test(`a watch that ends "${how}" goes on where it was, without a list`, async (t) => {
    const { api, pod, hears, retry, heard } = await follow(t)
    await api.watching()
    pod('a')
    await hears(1)
    api.endWatches(how)
    await retry()
    await api.requested('watch', 2)
    pod('a', 2)
    await hears(2)
    t.same(heard, ['added inference/a 1', 'modified inference/a 2'])
    t.equal(api.requests.filter(({ verb }) => verb === 'list').length, 1)
  })
}

t.test('objects beyond maxObjects are left out, known ones stay, and a later list takes them in', async (t) => {
  const { api, clock, informer, heard, hears, pod, line, watching } = await follow(t, {
    maxObjects: 2,
    prepare: (_api, put) => ['b', 'c', 'd'].forEach((name) => put(name)),
  })
  await informer.synced
  t.match(informer.status(), { objects: 2, complete: false })
  t.match(await line('kubernetes objects left out: too many'), { level: 'error', fields: { kept: 2 } })
  await watching()
  // First in the order of the list, and yet it does not push out a known one.
  pod('a')
  api.remove('pods', 'inference/b')
  await hears(3)
  clock.advance(watchMs)
  await hears(4)
  t.same(heard.slice(2), ['deleted inference/b 1', 'added inference/a 1'])
  t.match(informer.status(), { objects: 2, complete: false })
  await watching()
  api.remove('pods', 'inference/a')
  await hears(5)
  clock.advance(watchMs)
  await hears(6)
  t.equal(heard.at(-1), 'added inference/d 1')
  t.match(informer.status(), { objects: 2, complete: true })
})

t.test('an object that cannot be read is logged and counted, and stays as it was last read', async (t) => {
  const { informer, api, pod, hears, heard, line } = await follow(t, {
    prepare(_api, put) {
      put('bad', 'unreadable')
      put('good')
    },
    parse(object) {
      const seen = toSeen(object)
      if (seen.data === 'unreadable') throw new Error('no such data')
      return seen
    },
  })
  await informer.synced
  t.same(heard, ['added inference/good 1'])
  t.match(await line('kubernetes object not readable'), { fields: { key: 'inference/bad', error: /no such data/ } })
  await api.watching()
  pod('good', 'unreadable')
  pod('other')
  await hears(2)
  t.same(heard, ['added inference/good 1', 'added inference/other 1'])
  t.match(informer.status(), { unreadable: 2, objects: 2 })
  t.same(informer.get('inference/good'), { key: 'inference/good', data: 1 })
})

t.test('an object is there while `parse` has an interest in it', async (t) => {
  const { informer, api, pod, hears, heard } = await follow(t, {
    parse: (object) => (toSeen(object).data === 0 ? undefined : toSeen(object)),
    prepare: (_api, put) => put('a', 0),
  })
  await informer.synced
  await api.watching()
  for (const data of [0, 1, 0]) pod('a', data)
  await hears(2)
  t.same(heard, ['added inference/a 1', 'deleted inference/a 1'])
})

t.test('after 429 and 503 the informer waits as long as the server asks, a minute at most', async (t) => {
  const { api, retry, lines, informer } = await follow(t, {
    prepare: (fake) => fake.faultNext('list', { status: 429, retryAfter: 7 }, { status: 503, retryAfter: 3600 }),
  })
  await retry(7000)
  await retry(60_000)
  await informer.synced
  t.same(
    lines.map(({ fields }) => fields['retryMs']),
    [7000, 60_000],
  )
  t.equal(api.requests.filter(({ verb }) => verb === 'list').length, 3)
})

const forbidden = { status: 403, message: 'pods is forbidden' }

t.test('what is refused is logged once with what to do, and tried until it is allowed', async (t) => {
  const { retry, lines, informer } = await follow(t, {
    prepare: (fake) => fake.faultNext('list', forbidden, forbidden, forbidden),
  })
  t.equal(informer.status().lastContactAgeMs, undefined)
  for (const factor of [1, 2, 4]) await retry(firstPauseMs * factor)
  await informer.synced
  t.same(
    lines.map(({ level }) => level),
    ['warn', 'debug', 'debug'],
  )
  t.equal(
    messageOf(lines[0]?.fields['error']),
    'Cannot list pods in all namespaces: status 403 (pods is forbidden), expected 200; grant get, list and watch on it with a Role or ClusterRole and its binding',
  )
})

t.test('after 401 credentials are read anew', async (t) => {
  const { api, informer, retry, writeKubeconfig } = await follow(t, {
    user: { token: 'old' },
    prepare: (fake) => void Object.assign(fake, { token: 'new' }),
  })
  await api.requested('list')
  writeKubeconfig({ token: 'new' })
  await retry()
  t.equal(await informer.synced, true)
})

t.test('contact is unknown at first, and ages until a list, a change or a bookmark', async (t) => {
  const { clock, informer, pod, hears, watching } = await follow(t)
  t.same(informer.status(), {
    ...{ synced: false, lastContactAgeMs: undefined, failures: 0, objects: 0, complete: true, unreadable: 0 },
  })
  await watching()
  clock.advance(5000)
  t.match(informer.status(), { synced: true, lastContactAgeMs: 5000 })
  pod('a')
  await hears(1)
  t.match(informer.status(), { lastContactAgeMs: 0, objects: 1 })
})

t.test('stop() leaves no timer and no connection, and nothing is heard after it', async (t) => {
  const { api, clock, informer, pod, heard } = await follow(t)
  await api.watching()
  api.hang()
  const stopped = informer.stop()
  pod('a')
  await stopped
  await api.hungClosed()
  t.equal(clock.pendingTimers, 0)
  t.same(heard, [])
  t.equal(await informer.synced, true)
})

t.test('stop() ends a list that hangs, and a pause', async (t) => {
  const hanging = await follow(t, { prepare: (fake) => fake.faultNext('list', 'hang') })
  await hanging.api.requested('list')
  await hanging.informer.stop()
  t.equal(await hanging.informer.synced, false)
  t.equal(hanging.clock.pendingTimers, 0)
  const pausing = await follow(t, { prepare: (fake) => fake.faultNext('list', 'cut') })
  await pausing.clock.timerSet(firstPauseMs)
  await pausing.informer.stop()
  t.equal(await pausing.informer.synced, false)
  t.equal(pausing.clock.pendingTimers, 0)
})

t.test('a handler that throws is logged and hears the next change', async (t) => {
  const { api, pod, hears, line } = await follow(t, {
    onChanges() {
      throw new Error('handler')
    },
  })
  await api.watching()
  pod('a')
  t.match(await line('handler of kubernetes changes failed'), { level: 'error', fields: { error: /handler/ } })
  pod('b')
  await hears(2)
})

t.test('selectors: an object that ceases to match is deleted, one that begins to is added', async (t) => {
  const { api, pod, hears, heard, informer } = await follow(t, {
    resource: {
      ...{ group: '', version: 'v1', plural: 'pods', namespace: 'inference' },
      ...{ labelSelector: 'app=vllm', fieldSelector: 'metadata.name!=z' },
    },
    prepare(fake, put) {
      put('a', 1, { app: 'vllm' })
      put('b')
      put('z', 1, { app: 'vllm' })
      fake.put('pods', { name: 'c', namespace: 'elsewhere', labels: { app: 'vllm' } })
    },
  })
  await informer.synced
  await api.watching()
  pod('a', 2, { app: 'other' })
  pod('b', 2, { app: 'vllm' })
  await hears(3)
  t.same(heard, ['added inference/a 1', 'deleted inference/a 1', 'added inference/b 2'])
})

t.test('custom resources and resources without namespace are followed alike', async (t) => {
  const pools = await follow(t, {
    resource: { group: 'inference.networking.k8s.io', version: 'v1', plural: 'inferencepools', namespace: 'inference' },
    prepare: (fake) => fake.put('inferencepools', { name: 'p', namespace: 'inference' }),
  })
  await pools.hears(1)
  t.equal(pools.informer.get('inference/p')?.key, 'inference/p')
  const nodes = await follow(t, {
    resource: { group: '', version: 'v1', plural: 'nodes' },
    prepare: (fake) => fake.put('nodes', { name: 'n' }),
  })
  await nodes.hears(1)
  t.equal(nodes.informer.get('n')?.key, 'n')
})

t.test('a resource the cluster does not serve is tried until it does', async (t) => {
  const { line, informer, api, retry } = await follow(t, {
    resource: { group: 'keda.sh', version: 'v1alpha1', plural: 'scaledobjects' },
  })
  t.match(messageOf((await line('kubernetes list or watch failed')).fields['error']), /install its CustomResource/)
  await retry()
  await api.requested('list', 2)
  t.equal(informer.status().synced, false)
})

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): string {
  return error instanceof WarmpathError ? error.code : String(error)
}
