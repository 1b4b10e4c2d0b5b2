import type { ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { ConfigError, WarmpathError } from '../../errors.ts'
import { azureFormat } from './azure.ts'
import { mooncakeFormat } from './mooncake.ts'
import { lineMax, readLines } from './read-lines.ts'
import type { Line } from './read-lines.ts'
import { excerpt } from './trace-line.ts'
import type { TraceFormat, TraceLine } from './trace-line.ts'
import type { Trace, TraceRequest } from './trace.ts'

export interface ReadTraceOptions {
  /** Pass over broken lines instead of refusing the file. */
  readonly skipBadLines: boolean
  /** Reading stops after this many requests; the rest of the file is not looked at. */
  readonly limit?: number | undefined
}

/**
 * Reads a trace file, line by line; the format is told from its first recognisable line. Requests out of order are
 * sorted by arrival, equal times keep the order of the file: logs are often written at completion, or merged.
 * Throws ConfigError for a path that is no trace, WarmpathError `TRACE_BROKEN_LINES` for broken lines, naming the
 * first 20, and `TRACE_EMPTY` when no request is left.
 */
export async function readTrace(path: string, { skipBadLines, limit = Infinity }: ReadTraceOptions): Promise<Trace> {
  const file = await openTrace(path)
  const requests: TraceRequest[] = []
  const broken = createBrokenLines()
  let lines = 0
  for await (const { number, parsed } of parseLines(path, readLines(file))) {
    lines = number
    if (parsed.kind === 'request') requests.push(parsed.request)
    if (parsed.kind === 'broken') broken.add(number, parsed.why)
    if (requests.length >= limit) break
  }
  if (broken.count > 0 && !skipBadLines) throw broken.error(path, lines)
  if (requests.length === 0) {
    throw new WarmpathError('TRACE_EMPTY', `Cannot replay ${path}: no request in ${lines} lines, expected at least one`)
  }
  return { name: basename(path), requests: inOrderOfArrival(requests), skippedLines: broken.count }
}

function inOrderOfArrival(requests: readonly TraceRequest[]): readonly TraceRequest[] {
  const sorted = requests.toSorted((a, b) => a.atMs - b.atMs)
  const originMs = sorted[0]?.atMs ?? 0
  // Microseconds: epoch times as doubles are not exact below that.
  return sorted.map((request) => ({ ...request, atMs: Math.round((request.atMs - originMs) * 1000) / 1000 }))
}

const formats: readonly TraceFormat[] = [mooncakeFormat, azureFormat]
/** Lines of junk above the first line of a known format. */
const preambleMax = 100
/** RFC 1952 §2.3.1: the bytes 1f 8b, the second of which is no UTF-8. */
const gzipMagic = '\u001f\ufffd'

async function* parseLines(
  path: string,
  lines: AsyncIterable<Line>,
): AsyncGenerator<{ readonly number: number; readonly parsed: TraceLine }> {
  let format: TraceFormat | undefined
  const preamble: Line[] = []
  for await (const line of lines) {
    if (line.number === 1 && line.text.startsWith(gzipMagic)) {
      throw unusable(`${path}, gzip-compressed`, `plain text: unpack it with "gunzip --keep ${path}"`)
    }
    format ??= formats.find((one) => one.recognises(line.text))
    if (format === undefined) {
      preamble.push(line)
      if (preamble.length > preambleMax) break
      continue
    }
    for (const early of preamble.splice(0)) yield parse(format, early)
    yield parse(format, line)
  }
  const first = preamble.find(({ text }) => text.trim() !== '')
  if (format === undefined && first !== undefined) throw unknownFormat(path, first)
}

function parse(
  format: TraceFormat,
  { number, text, cut }: Line,
): { readonly number: number; readonly parsed: TraceLine } {
  if (!cut) return { number, parsed: format.parseLine(text, number) }
  return { number, parsed: { kind: 'broken', why: `it is longer than ${lineMax} characters` } }
}

const shownMax = 20

function createBrokenLines() {
  const shown: string[] = []
  let count = 0
  return {
    get count() {
      return count
    },
    add(number: number, why: string): void {
      count++
      if (shown.length < shownMax) shown.push(`  line ${number}: ${why}`)
    },
    error(path: string, lines: number): WarmpathError {
      const more = count > shown.length ? [`  and ${count - shown.length} more`] : []
      const head = `Cannot replay ${path}: ${count} of ${lines} lines ${count === 1 ? 'is' : 'are'} broken`
      const message = [head, ...shown, ...more, 'Mend them, or pass over them with --skip-bad-lines.'].join('\n')
      return new WarmpathError('TRACE_BROKEN_LINES', message)
    },
  }
}

function unknownFormat(path: string, { number, text }: Line): ConfigError {
  const expected = formats.map(({ name, shape }) => `${name} (${shape})`).join(' or ')
  return new ConfigError([{ path: `${path} line ${number}`, value: excerpt(text), expected }])
}

async function openTrace(path: string): Promise<ReadStream> {
  const file = await open(path).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw unusable(`${path} (${code})`, 'a readable file')
  })
  if (!(await file.stat()).isDirectory()) return file.createReadStream()
  await file.close()
  throw unusable(`${path}, a directory`, 'a trace file')
}

const unusable = (value: string, expected: string): ConfigError => new ConfigError([{ path: 'TRACE', value, expected }])
