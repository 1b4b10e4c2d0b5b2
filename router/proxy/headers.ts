import { randomUUID } from 'node:crypto'

/** Flat list of names and values, as in Node's `rawHeaders`: keeps order, case and repeated fields. */
export type RawHeaders = readonly string[]

export interface ForwardedRequest {
  readonly requestId: string
  /** `host:port` of the replica. */
  readonly authority: string
  readonly clientAddress: string
  readonly bodyBytes: number
}

/** What of a client's headers goes to the replica. */
export function forwardedRequestHeaders(
  raw: RawHeaders,
  { requestId, authority, clientAddress, bodyBytes }: ForwardedRequest,
): string[] {
  const named = connectionNamed(raw)
  const headers = ['host', authority, 'x-request-id', requestId]
  const addresses: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'x-forwarded-for') addresses.push(value)
    else if (!isHopByHop(lower, named) && !setByUs.has(lower) && !steersRouting(lower)) headers.push(name, value)
  }
  headers.push('x-forwarded-for', [...addresses, clientAddress].join(', '), 'via', '1.1 warmpath')
  // A GET keeps no body; a POST without one says so (RFC 9110 §8.6).
  if (bodyBytes > 0 || raw.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length'))
    headers.push('content-length', String(bodyBytes))
  return headers
}

/** What of a replica's headers goes to the client; `added` replaces what the replica sent under the same names. */
export function forwardedResponseHeaders(raw: RawHeaders, added: Readonly<Record<string, string>>): string[] {
  const named = connectionNamed(raw)
  const headers: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (!isHopByHop(lower, named) && !Object.hasOwn(added, lower) && !lower.startsWith('x-warmpath-'))
      headers.push(name, raw[i + 1] ?? '')
  }
  for (const [name, value] of Object.entries(added)) headers.push(name, value)
  return headers
}

/** The client's own id when it can stand in a header and a log line, else a new one. */
export function requestIdOf(sent: string | readonly string[] | undefined): string {
  const id = typeof sent === 'string' ? sent : sent?.[0]
  return id !== undefined && /^[\w.:+/=@-]{1,128}$/.test(id) ? id : randomUUID()
}

/** Text that is safe as a field value (RFC 9110 §5.5: visible ASCII and spaces), cut to a bound. */
export function headerText(text: string): string {
  return text.slice(0, LONGEST_TEXT).replaceAll(/[^\x20-\x7e]/g, '?')
}

const LONGEST_TEXT = 200

/** RFC 9110 §7.6.1, with the fields that older peers send; Proxy-* are for us (§11.7), trailers are not passed on. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const isHopByHop = (name: string, named: ReadonlySet<string>): boolean => hopByHop.has(name) || named.has(name)

const nothing: ReadonlySet<string> = new Set()

/** Fields that the sender's Connection header lists are for this hop only. */
function connectionNamed(raw: RawHeaders): ReadonlySet<string> {
  let named: Set<string> | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== 'connection') continue
    for (const token of (raw[i + 1] ?? '').toLowerCase().split(',')) {
      const name = token.trim()
      if (name === 'keep-alive' || name === 'close' || name === '') continue
      named ??= new Set()
      named.add(name)
    }
  }
  return named ?? nothing
}

/** The body has been read whole, so its length is known and no 100-continue is left to wait for. */
const setByUs = new Set(['host', 'content-length', 'expect', 'x-request-id'])

/**
 * Fields by which gateways, sidecars and engines are told where a request goes. From a client they would choose any
 * address inside the cluster (llm-d-router #242, #979), or a data-parallel rank (vLLM `X-data-parallel-rank`).
 */
const steering = new Set([
  'x-prefiller-host-port',
  'x-encoder-hosts-ports',
  'x-data-parallel-host-port',
  'x-data-parallel-rank',
  'x-kv-cache-source-host-port',
  'epp-profile',
])

const steersRouting = (name: string): boolean =>
  steering.has(name) || name.startsWith('x-gateway-destination-endpoint') || name.startsWith('x-warmpath-')
