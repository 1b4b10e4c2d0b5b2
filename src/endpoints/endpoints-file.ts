import type { Parsed } from '../config/field.ts'
import type { Problem } from '../errors.ts'
import { childOf, isMapping, itemsOf, openDocument, readAs, report, textsOf, type Place } from '../config/document.ts'
import type { Endpoint } from './endpoint.ts'
import { parseOrigin } from './origin.ts'

export type EndpointsFile =
  | { readonly ok: true; readonly endpoints: readonly Endpoint[] }
  /** Every problem of the file, not only the first. */
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Reads an endpoints file, YAML or JSON: `pools: [{name, model, endpoints: [{name, url, kvEvents?, labels?}]}]`.
 * Strict: unknown keys are problems, and so are pool names, endpoint names and URLs that come twice in the file.
 * `name` begins the paths of problems, as in `endpoints.yaml:pools[0].endpoints[2].url`.
 */
export function parseEndpointsFile(name: string, text: string): EndpointsFile {
  const problems: Problem[] = []
  const endpoints: Endpoint[] = []
  const root = openDocument(name, text, problems)
  if (root !== undefined && isMapping(root, ['pools'])) {
    const seen: Seen = { pools: new Map(), names: new Map(), urls: new Map() }
    for (const pool of itemsOf(childOf(root, 'pools'))) endpoints.push(...readPool(pool, seen))
  }
  return problems.length === 0 ? { ok: true, endpoints } : { ok: false, problems }
}

/** Where each value that must be unique was first used. */
interface Seen {
  readonly pools: Map<string, string>
  readonly names: Map<string, string>
  readonly urls: Map<string, string>
}

/** Without the endpoints that have problems. */
function readPool(place: Place, seen: Seen): readonly Endpoint[] {
  if (!isMapping(place, ['name', 'model', 'endpoints'])) return []
  const pool = readUnique(childOf(place, 'name'), parseName, seen.pools)
  const model = readAs(childOf(place, 'model'), parseModel)
  const members = itemsOf(childOf(place, 'endpoints')).map((member) => readEndpoint(member, seen))
  if (pool === undefined || model === undefined) return []
  return members.filter((member) => member !== undefined).map((member) => ({ ...member, pool, model }))
}

function readEndpoint(place: Place, seen: Seen): Omit<Endpoint, 'pool' | 'model'> | undefined {
  if (!isMapping(place, ['name', 'url', 'kvEvents', 'labels'])) return undefined
  const name = readUnique(childOf(place, 'name'), parseName, seen.names)
  const url = readUnique(childOf(place, 'url'), parseOrigin, seen.urls)
  const kvEventsPlace = childOf(place, 'kvEvents')
  const kvEvents = kvEventsPlace.raw === undefined ? undefined : readAs(kvEventsPlace, parseKvEvents)
  const labelsPlace = childOf(place, 'labels')
  const labels = labelsPlace.raw === undefined ? {} : textsOf(labelsPlace)
  if (name === undefined || url === undefined || labels === undefined) return undefined
  return { name, url, labels, ...(kvEvents !== undefined && { kvEvents }) }
}

function readUnique(
  place: Place,
  parse: (raw: unknown) => Parsed<string>,
  seen: Map<string, string>,
): string | undefined {
  const value = readAs(place, parse)
  if (value === undefined) return undefined
  const first = seen.get(value)
  if (first === undefined) seen.set(value, place.path)
  else report(place, `one that is not used before, as ${first} does`)
  return value
}

/** Names go into response headers and metric labels, and may be a Kubernetes namespace/name. */
function parseName(raw: unknown): Parsed<string> {
  return typeof raw === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,252}$/.test(raw)
    ? { ok: true, value: raw }
    : { ok: false, expected: 'a name of letters, digits and . _ : / -, at most 253 of them' }
}

function parseModel(raw: unknown): Parsed<string> {
  return typeof raw === 'string' && raw !== ''
    ? { ok: true, value: raw }
    : { ok: false, expected: 'the model name that requests ask for' }
}

/** What we connect to, so unlike vLLM's own setting (`tcp://*:5557`) with a host. */
function parseKvEvents(raw: unknown): Parsed<string> {
  const port =
    typeof raw === 'string' ? /^tcp:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})$/.exec(raw)?.[1] : undefined
  return typeof raw === 'string' && port !== undefined && Number(port) > 0 && Number(port) <= 65_535
    ? { ok: true, value: raw }
    : { ok: false, expected: 'a ZMQ address to connect to, such as "tcp://10.0.3.7:5557"' }
}
