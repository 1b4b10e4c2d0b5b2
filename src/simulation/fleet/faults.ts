import { choice, duration, type Field, integer, type Parsed, text } from '../../config/field.ts'

/** One scripted misbehaviour of a replica. */
export type Fault = FaultKind & {
  /** How many requests it hits; Infinity = until the script is replaced. */
  readonly times: number
  /** Hits only this path; undefined = the inference paths. */
  readonly path: string | undefined
}

export type FaultKind =
  /** Answers with this error status. */
  | { readonly kind: 'status'; readonly status: number }
  /** Waits before the first byte, then serves as usual. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Cuts the connection after so many stream chunks, 0 = before the first byte; an unstreamed answer is cut half-way. */
  | { readonly kind: 'drop'; readonly chunks: number }
  /** Accepts the request and never answers. */
  | { readonly kind: 'hang' }
  /** Answers 200 with invalid JSON, or a stream that breaks off inside an event. */
  | { readonly kind: 'garbage' }
  /** Ends the answer under 200 with finish_reason "abort" after so many tokens, as an engine that shuts down. */
  | { readonly kind: 'abort'; readonly chunks: number }
  /** The process dies and comes back after `downMs`, its cache empty. */
  | { readonly kind: 'restart'; readonly downMs: number }

/** Undefined `replica` = the one it is sent to, or all of them in a fleet's configuration. */
export interface AddressedFault {
  readonly replica: number | undefined
  readonly fault: Fault
}

const kinds = ['status', 'delay', 'drop', 'hang', 'garbage', 'abort', 'restart'] as const
const fields = {
  replica: integer({ min: 0, default: undefined, doc: '' }),
  kind: choice(kinds, { default: 'hang', doc: '' }),
  times: integer({ min: 1, default: Infinity, doc: '' }),
  path: text({ default: undefined, doc: '' }),
  status: integer({ min: 400, max: 599, default: 503, doc: '' }),
  delay: duration({ default: 1000, doc: '' }),
  chunks: integer({ min: 0, default: 0, doc: '' }),
  down: duration({ default: 1000, doc: '' }),
}

export const faultForm =
  'kind=status|delay|drop|hang|garbage|abort|restart, then replica, times, path, and what the kind takes: ' +
  'status, delay, chunks (drop, abort), down (restart); e.g. "replica=1,kind=status,status=503,times=3"'

/** Reads `kind=drop,chunks=2,times=1`, or an object with these keys. Unknown keys and keys of another kind are refused. */
export function parseFault(raw: unknown): Parsed<AddressedFault> {
  const given = new Map(typeof raw === 'string' ? pairs(raw) : Object.entries(isRecord(raw) ? raw : {}))
  const wrong: string[] = []
  const take = <T>(name: string, field: Field<T>): T => {
    const value = given.get(name)
    if (!given.delete(name)) return field.default
    const parsed = field.parse(value)
    if (parsed.ok) return parsed.value
    wrong.push(`${name}: ${parsed.expected}`)
    return field.default
  }
  const replica = take('replica', fields.replica)
  const [times, path] = [take('times', fields.times), take('path', fields.path)]
  const kind = given.has('kind') ? takeKind(take) : undefined
  if (kind === undefined || wrong.length > 0 || given.size > 0) {
    const why = [...wrong, ...[...given.keys()].map((name) => `${name}: not for this kind`)]
    return { ok: false, expected: why.length === 0 ? faultForm : `${faultForm} (${why.join('; ')})` }
  }
  return { ok: true, value: { replica, fault: { ...kind, times, path } } }
}

function takeKind(take: <T>(name: string, field: Field<T>) => T): FaultKind {
  const kind = take('kind', fields.kind)
  switch (kind) {
    case 'status':
      return { kind, status: take('status', fields.status) }
    case 'delay':
      return { kind, delayMs: take('delay', fields.delay) }
    case 'drop':
    case 'abort':
      return { kind, chunks: take('chunks', fields.chunks) }
    case 'restart':
      return { kind, downMs: take('down', fields.down) }
    case 'hang':
    case 'garbage':
      return { kind }
  }
}

export interface FaultScript {
  /** Replaces the whole script; an empty one ends all faults. */
  replace(faults: readonly Fault[]): void
  /** The first fault that hits a request to this path, counted down. */
  take(path: string): Fault | undefined
  /** What is still to come. */
  readonly remaining: readonly Fault[]
}

/** `inferencePaths`: where faults without a path hit. */
export function createFaultScript(initial: readonly Fault[], inferencePaths: ReadonlySet<string>): FaultScript {
  let script: readonly Fault[] = initial
  return {
    replace(faults) {
      script = faults
    },
    take(path) {
      const hit = script.find((fault) => (fault.path === undefined ? inferencePaths.has(path) : fault.path === path))
      if (hit === undefined) return undefined
      script = script.flatMap((fault) => {
        if (fault !== hit) return [fault]
        return hit.times > 1 ? [{ ...hit, times: hit.times - 1 }] : []
      })
      return hit
    },
    get remaining() {
      return script
    },
  }
}

function pairs(raw: string): [string, unknown][] {
  return raw.split(',').map((part) => {
    const at = part.indexOf('=')
    return at < 0 ? [part.trim(), ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })
}

function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
}
