import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../src/clock.ts'
import { at, isObject, type JsonObject, parseJson, textAt } from '../../src/kubernetes/json.ts'

// List and watch as kube-apiserver v1.36 speaks them (apiserver/pkg/endpoints/handlers/{get,watch}.go,
// apiserver/pkg/storage/etcd3/store.go). What the real one refuses is refused here; of what it would accept, a watch
// without resourceVersion, set-based selectors and lists at a given version are refused too.

/** The spec of an object; name, uid, version and kind come from the server. */
export interface Draft {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Fields beside metadata: `spec`, `status`, `data`. */
  readonly fields?: JsonObject
}

export type Verb = 'get' | 'list' | 'watch'

/** What the next request of a verb gets instead of its answer. `cut` closes the connection without a word. */
export type Fault =
  | { readonly status: number; readonly retryAfter?: number; readonly message?: string }
  | 'hang'
  | 'cut'
  | 'garbage'

export interface FakeKubeApi {
  readonly url: string
  /** Requests so far, oldest first. */
  readonly requests: readonly { readonly verb: Verb; readonly path: string; readonly query: URLSearchParams }[]
  /** Whether some open watch says nothing more. */
  readonly hanging: boolean
  /** The bearer token asked for; `undefined` = anyone. */
  token: string | undefined
  /** How a watch from a compacted version is refused: by HTTP status, or by an ERROR event in a stream. */
  goneAs: 'status' | 'event'
  /** Creates or replaces; no change, no new version. */
  put(plural: string, draft: Draft): void
  remove(plural: string, key: string): void
  /** The objects in order of their keys, as a list shows them. */
  objects(plural: string): readonly JsonObject[]
  /** Forgets all versions but the newest. */
  compact(): void
  faultNext(verb: Verb, ...faults: readonly Fault[]): void
  /** Sends a bookmark to every watch that allows them. */
  bookmark(): void
  /** Ends all watches: in order, in order but within a line, by closing the connection, or so within a line. */
  endWatches(how?: 'in order' | 'short' | 'cut' | 'cut within a line'): void
  /** Writes a line as it is into all watches. */
  writeLine(line: string): void
  /** Sends an ERROR event with a Status of this code and ends all watches. */
  failWatches(code: number): void
  /** Open watches say nothing more and do not end. */
  hang(): void
  /** Resolves when the watches that hang have been closed by the client. */
  hungClosed(): Promise<void>
  /** Resolves when `count` requests of a verb have come in all. */
  requested(verb: Verb, count?: number): Promise<void>
  /** Resolves when a watch is open that does not hang. */
  watching(): Promise<void>
  /** A kubeconfig for it, JSON (which is YAML). */
  kubeconfig(user?: JsonObject): string
  close(): Promise<void>
}

interface Served {
  readonly root: string
  readonly plural: string
  readonly apiVersion: string
  readonly kind: string
  readonly namespaced: boolean
  /** Lists leave out the kind of built-in items. */
  readonly custom: boolean
  readonly fieldLabels: readonly string[]
}

const names = ['metadata.name', 'metadata.namespace']
const served: readonly Served[] = [
  {
    ...{ root: '/api/v1', plural: 'pods', apiVersion: 'v1', kind: 'Pod', namespaced: true, custom: false },
    fieldLabels: [...names, 'spec.nodeName', 'status.phase'],
  },
  {
    ...{ root: '/api/v1', plural: 'nodes', apiVersion: 'v1', kind: 'Node', namespaced: false, custom: false },
    fieldLabels: ['metadata.name'],
  },
  {
    ...{ root: '/apis/inference.networking.k8s.io/v1', plural: 'inferencepools', kind: 'InferencePool' },
    ...{ apiVersion: 'inference.networking.k8s.io/v1', namespaced: true, custom: true, fieldLabels: names },
  },
]

interface Event {
  readonly plural: string
  readonly key: string
  readonly revision: number
  readonly before: JsonObject | undefined
  readonly after: JsonObject | undefined
}

interface Watch {
  readonly response: ServerResponse
  readonly bookmarks: boolean
  hung: boolean
  /** Ended by us; the client may not know yet. */
  ended: boolean
  send(event: Event): void
}

class Refusal extends Error {
  readonly status: number
  readonly reason: string
  readonly more: JsonObject

  constructor(status: number, reason: string, message: string, more: JsonObject = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.more = more
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
}

function statusOf(code: number, message: string, more: JsonObject = {}): JsonObject {
  const reason = reasons[code] ?? 'Unknown'
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code, ...more }
}

/** A real HTTP server on a free loopback port. */
export async function startFakeKubeApi({ clock }: { readonly clock: Clock }): Promise<FakeKubeApi> {
  const history: Event[] = []
  const current = new Map<string, JsonObject>()
  const watches = new Set<Watch>()
  const faults = new Map<Verb, Fault[]>()
  const requests: { verb: Verb; path: string; query: URLSearchParams }[] = []
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()
  let revision = 100
  let compacted = 0
  let created = 0

  const notify = () => {
    for (const check of [...waiting]) check()
  }
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = () => {
        if (!condition()) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })

  function record(plural: string, key: string, before: JsonObject | undefined, after: JsonObject | undefined): void {
    const event = { plural, key, revision, before, after }
    if (after === undefined) current.delete(`${plural} ${key}`)
    else current.set(`${plural} ${key}`, after)
    history.push(event)
    for (const watch of live()) watch.send(event)
  }

  /** The content at a revision, keys in etcd's order. */
  function stateAt(plural: string, version: number): readonly (readonly [string, JsonObject])[] {
    const state = new Map<string, JsonObject>()
    for (const event of history) {
      if (event.revision > version || event.plural !== plural) continue
      if (event.after === undefined) state.delete(event.key)
      else state.set(event.key, event.after)
    }
    return [...state].toSorted(([a], [b]) => (a < b ? -1 : 1))
  }

  function list(target: Target, query: URLSearchParams): JsonObject {
    const { resource, matches } = target
    const token = query.get('continue') ?? ''
    if (query.get('resourceVersion')) throw new Refusal(400, 'BadRequest', 'not served by this fake: resourceVersion')
    const limit = integerOf(query, 'limit') ?? 0
    const from = token === '' ? { rv: revision, start: '' } : decodeToken(token)
    if (from.rv < compacted)
      throw new Refusal(410, 'Expired', 'The provided continue parameter is too old to display a consistent list', {
        metadata: { continue: encodeToken(-1, from.start) },
      })
    const rest = stateAt(resource.plural, from.rv).filter(([key, object]) => key >= from.start && matches(object))
    const page = limit === 0 ? rest : rest.slice(0, limit)
    const next = rest[page.length]
    const items = page.map(([, object]) => (resource.custom ? object : withoutKind(object)))
    const more =
      next === undefined
        ? {}
        : {
            continue: encodeToken(from.rv, next[0]),
            ...(target.selects ? {} : { remainingItemCount: rest.length - page.length }),
          }
    const metadata = { resourceVersion: String(from.rv), ...more }
    return { kind: `${resource.kind}List`, apiVersion: resource.apiVersion, metadata, items }
  }

  function openWatch(target: Target, query: URLSearchParams, response: ServerResponse): void {
    const text = query.get('resourceVersion') ?? ''
    if (!/^[1-9]\d*$/.test(text)) throw new Refusal(400, 'BadRequest', `Invalid value: "${text}": resourceVersion`)
    const rv = Number(text)
    const gone = rv < compacted
    const message = `too old resource version: ${rv} (${compacted})`
    if (gone && api.goneAs === 'status') throw new Refusal(410, 'Expired', message)
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' })
    response.flushHeaders()
    const write = (type: string, object: JsonObject) => void response.write(`${JSON.stringify({ type, object })}\n`)
    if (gone) {
      write('ERROR', statusOf(410, message))
      return void response.end()
    }
    const watch: Watch = {
      response,
      bookmarks: query.get('allowWatchBookmarks') === 'true',
      hung: false,
      ended: false,
      send(event) {
        if (event.plural !== target.resource.plural || event.revision <= rv) return
        const [type, object] = seen(event, target.matches)
        if (type !== undefined) write(type, object)
      },
    }
    for (const event of history) watch.send(event)
    watches.add(watch)
    const seconds = integerOf(query, 'timeoutSeconds') ?? 1800
    const cancel = clock.setTimer(seconds * 1000, () => {
      if (!watch.hung) end(watch, (one) => one.end())
    })
    response.once('close', () => {
      cancel()
      watches.delete(watch)
      notify()
    })
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://fake')
    const target = targetOf(pathname, query)
    const verb = verbOf(target, query)
    requests.push({ verb, path: pathname, query })
    const fault = faults.get(verb)?.shift()
    if (fault === 'hang') return
    if (fault === 'cut') return void request.socket.destroy()
    if (fault === 'garbage') return void response.writeHead(200).end('<html>not JSON</html>')
    if (fault !== undefined) {
      const { status, retryAfter, message = 'scripted' } = fault
      const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
      return void response.writeHead(status, headers).end(JSON.stringify(statusOf(status, message)))
    }
    if (api.token !== undefined && request.headers.authorization !== `Bearer ${api.token}`)
      throw new Refusal(401, 'Unauthorized', 'Unauthorized')
    if (target === undefined) throw new Refusal(404, 'NotFound', 'the server could not find the requested resource')
    if (verb === 'watch') return openWatch(target, query, response)
    const body = verb === 'get' ? current.get(`${target.resource.plural} ${target.key}`) : list(target, query)
    if (body === undefined) throw new Refusal(404, 'NotFound', `${target.resource.plural} "${target.key}" not found`)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  const server = createServer((request, response) => {
    try {
      answer(request, response)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { status, reason, message, more } = error
      const body = statusOf(status, message, { reason, ...more })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    notify()
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  function end(watch: Watch, how: (response: ServerResponse) => unknown): void {
    watch.ended = true
    how(watch.response)
  }
  const live = () => [...watches].filter(({ hung, ended }) => !hung && !ended)

  const api: FakeKubeApi = {
    url,
    requests,
    token: undefined,
    goneAs: 'event',
    get hanging() {
      return [...watches].some(({ hung }) => hung)
    },
    put(plural, { name, namespace, labels, fields }) {
      const resource = served.find((one) => one.plural === plural)
      if (resource === undefined || resource.namespaced !== (namespace !== undefined))
        throw new Error(`Cannot put ${plural} "${name}": not served so`)
      const key = namespace === undefined ? name : `${namespace}/${name}`
      const before = current.get(`${plural} ${key}`)
      const uid = textAt(before, 'metadata', 'uid') ?? `uid-${(created += 1)}`
      const make = (version: number): JsonObject => ({
        kind: resource.kind,
        apiVersion: resource.apiVersion,
        metadata: {
          ...{ name, uid, resourceVersion: String(version), creationTimestamp: '2026-11-23T00:00:00Z' },
          ...(namespace !== undefined && { namespace }),
          ...(labels !== undefined && { labels }),
        },
        ...fields,
      })
      const version = Number(textAt(before, 'metadata', 'resourceVersion'))
      if (before !== undefined && isDeepStrictEqual(make(version), before)) return
      record(plural, key, before, make((revision += 1)))
    },
    remove(plural, key) {
      const before = current.get(`${plural} ${key}`)
      if (before === undefined) return
      revision += 1
      record(plural, key, before, undefined)
    },
    objects: (plural) => stateAt(plural, revision).map(([, object]) => object),
    compact: () => void (compacted = revision),
    faultNext: (verb, ...more) => void faults.set(verb, [...(faults.get(verb) ?? []), ...more]),
    bookmark() {
      const object = { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: String(revision) } }
      const line = `${JSON.stringify({ type: 'BOOKMARK', object })}\n`
      for (const { response, bookmarks } of live()) if (bookmarks) response.write(line)
    },
    endWatches(how = 'in order') {
      const half = '{"type":"MODIFIED","object":{"kind":"Pod","apiV'
      for (const watch of live())
        end(watch, (response) => {
          if (how === 'in order') response.end()
          else if (how === 'short') response.end(half)
          else if (how === 'cut') response.destroy()
          else response.write(half, () => response.destroy())
        })
    },
    writeLine(line) {
      for (const { response } of live()) response.write(`${line}\n`)
    },
    failWatches(code) {
      const line = `${JSON.stringify({ type: 'ERROR', object: statusOf(code, 'scripted') })}\n`
      for (const watch of live()) end(watch, (response) => response.end(line))
    },
    hang() {
      for (const watch of watches) watch.hung = true
    },
    hungClosed: () => until(() => !api.hanging),
    requested: (verb, count = 1) => until(() => requests.filter((one) => one.verb === verb).length >= count),
    watching: () => until(() => live().length > 0),
    kubeconfig: (user = {}) =>
      JSON.stringify({
        clusters: [{ name: 'fake', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'tester', user }],
        contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'tester', namespace: 'inference' } }],
        'current-context': 'fake',
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return api
}

interface Target {
  readonly resource: Served
  /** Of one object: `namespace/name` or `name`. */
  readonly key: string | undefined
  readonly selects: boolean
  readonly matches: (object: JsonObject) => boolean
}

function targetOf(pathname: string, query: URLSearchParams): Target | undefined {
  for (const resource of served) {
    if (!pathname.startsWith(`${resource.root}/`)) continue
    const pattern = new RegExp(`^/(?:namespaces/([^/]+)/)?${resource.plural}(?:/([^/]+))?$`)
    const found = pattern.exec(pathname.slice(resource.root.length))
    if (found === null) continue
    const [, namespace, name] = found
    if (namespace !== undefined && !resource.namespaced) continue
    const labels = labelTests(query.get('labelSelector') ?? '')
    const fields = fieldTests(query.get('fieldSelector') ?? '', resource)
    const tests = [...labels, ...fields]
    const inNamespace = (object: JsonObject) =>
      namespace === undefined || textAt(object, 'metadata', 'namespace') === namespace
    return {
      resource,
      key: name === undefined || namespace === undefined ? name : `${namespace}/${name}`,
      selects: tests.length > 0,
      matches: (object) => inNamespace(object) && tests.every((test) => test(object)),
    }
  }
  return undefined
}

function verbOf(target: Target | undefined, query: URLSearchParams): Verb {
  if (target?.key !== undefined) return 'get'
  return ['true', '1'].includes(query.get('watch') ?? '') ? 'watch' : 'list'
}

type ObjectTest = (object: JsonObject) => boolean

function labelTests(selector: string): readonly ObjectTest[] {
  return requirementsOf(selector).map(({ name, operator, value }) => (object) => {
    const label = at(object, 'metadata', 'labels', name)
    if (operator === undefined) return label !== undefined
    return operator === '!=' ? label !== value : label === value
  })
}

function fieldTests(selector: string, { fieldLabels }: Served): readonly ObjectTest[] {
  return requirementsOf(selector).map(({ name, operator, value }) => {
    if (!fieldLabels.includes(name) || operator === undefined)
      throw new Refusal(400, 'BadRequest', `field label not supported: ${name}`)
    return (object) => (textAt(object, ...name.split('.')) === value) === (operator !== '!=')
  })
}

function requirementsOf(selector: string) {
  if (selector === '') return []
  return selector.split(',').map((part) => {
    const found = /^([A-Za-z0-9][\w./-]*)(?:(==|=|!=)([\w./-]*))?$/.exec(part)
    if (found === null) throw new Refusal(400, 'BadRequest', `unable to parse requirement: ${part}`)
    const [, name = '', operator, value] = found
    return { name, operator, value }
  })
}

/** An object that begins or ceases to match is ADDED or DELETED for this watch (storage/cacher/cache_watcher.go). */
function seen(event: Event, matches: ObjectTest): readonly [string | undefined, JsonObject] {
  const { before, after, revision } = event
  const was = before !== undefined && matches(before)
  if (after !== undefined && matches(after)) return [was ? 'MODIFIED' : 'ADDED', after]
  if (!was) return [undefined, {}]
  const metadata = at(before, 'metadata')
  return [
    'DELETED',
    { ...before, metadata: { ...(isObject(metadata) ? metadata : {}), resourceVersion: String(revision) } },
  ]
}

function withoutKind(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'kind' && name !== 'apiVersion'))
}

function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (!/^\d+$/.test(text)) throw new Refusal(400, 'BadRequest', `${name}: "${text}" is not a number`)
  return Number(text)
}

const encodeToken = (rv: number, start: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url')

function decodeToken(token: string): { readonly rv: number; readonly start: string } {
  const content = parseJson(Buffer.from(token, 'base64url').toString('utf8'))
  const rv = at(content, 'rv')
  const start = textAt(content, 'start')
  if (typeof rv !== 'number' || start === undefined) throw new Refusal(400, 'BadRequest', 'continue key is not valid')
  return { rv, start }
}
