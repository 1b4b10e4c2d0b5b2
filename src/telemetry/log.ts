import { inspect, styleText } from 'node:util'
import { isSecretName, redacted } from './redact.ts'

export type LogFields = Readonly<Record<string, unknown>>

/** A line is an event with fields. Per-request lines are `debug`; prompts and credentials never enter fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** The same log, with these fields in every line. */
  child(fields: LogFields): Log
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogOptions {
  readonly level: LogLevel
  readonly format: 'json' | 'pretty'
  /** Gets one line with its newline. */
  readonly write: (line: string) => void
  /** ANSI colours in the pretty format. */
  readonly colors?: boolean
  /** Wall clock of the `time` field. */
  readonly time?: () => Date
}

/**
 * Writes one line per event. Fields called like a credential or a prompt come out as `[redacted]`; errors show their
 * stack at level `debug` only.
 */
export function createLog(options: LogOptions): Log {
  const { level, format, write, colors = false, time = () => new Date() } = options
  const stacks = level === 'debug'
  const make = (inherited: LogFields): Log => {
    const at = (lineLevel: LogLevel) => {
      if (logLevels.indexOf(lineLevel) < logLevels.indexOf(level)) return ignore
      return (event: string, fields: LogFields = {}) => {
        const line = { time: time(), level: lineLevel, event, fields: toPlain({ ...inherited, ...fields }, stacks) }
        write(format === 'json' ? jsonLine(line) : prettyLine(line, colors))
      }
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...inherited, ...fields }),
    }
  }
  return make({})
}

/** Swallows everything; for tests and for libraries used without a log. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silentLog }

interface Line {
  readonly time: Date
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
}

function ignore(): void {}

/** Time, level and event come first, and no field replaces them. */
function jsonLine({ time, level, event, fields }: Line): string {
  const head = { time: time.toISOString(), level, event }
  return `${JSON.stringify(Object.assign({ ...head }, fields, head))}\n`
}

const levelColors = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const

function prettyLine({ time, level, event, fields }: Line, colors: boolean): string {
  const paint = (color: 'dim' | (typeof levelColors)[LogLevel], text: string) =>
    colors ? styleText(color, text, { validateStream: false }) : text
  const parts = Object.entries(fields).map(([name, value]) => `${paint('dim', `${name}=`)}${prettyValue(value)}`)
  const clock = time.toTimeString().slice(0, 8)
  return `${[paint('dim', clock), paint(levelColors[level], level.padEnd(5)), event, ...parts].join(' ')}\n`
}

function prettyValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  return inspect(value, { breakLength: Infinity, compact: true, depth: 4 })
}

/** Deep enough for any event; also ends on a circular value. */
const maxDepth = 6

function toPlain(fields: LogFields, stacks: boolean, depth = 0): LogFields {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isSecretName(name) ? redacted : plainValue(value, stacks, depth + 1)]),
  )
}

function plainValue(value: unknown, stacks: boolean, depth: number): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) return '[too deep]'
  if (value instanceof Error) return plainError(value, stacks, depth)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Map) return plainValue(Object.fromEntries(value), stacks, depth)
  if (Array.isArray(value) || value instanceof Set) return [...value].map((one) => plainValue(one, stacks, depth + 1))
  return toPlain({ ...value }, stacks, depth)
}

function plainError(error: Error, stacks: boolean, depth: number): LogFields {
  const code = 'code' in error ? error.code : undefined
  const { message, cause, stack } = error
  return toPlain({ message, code, cause, stack: stacks ? stack : undefined }, stacks, depth)
}
