/** One line of a page; `labels` is empty where the line has none. Timestamps and exemplars are dropped. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A line that is not a sample. `name` is the metric it was about, where that much was readable. */
export interface MalformedLine {
  readonly line: number
  readonly problem: string
  readonly name?: string
}

export interface Exposition {
  readonly samples: readonly Sample[]
  readonly malformed: readonly MalformedLine[]
  /** The page was longer than a limit: what lies beyond it was not read. */
  readonly truncated: boolean
}

export interface ParseOptions {
  readonly maxLines: number
  readonly maxCharacters: number
  /** Which metric names to parse; lines of others are skipped unchecked. Everything by default. */
  readonly wanted?: (name: string) => boolean
}

/**
 * Reads a Prometheus page in the text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats) or OpenMetrics
 * 1.0. Never throws; a malformed line is reported and the rest still read. O(characters); with `wanted`, a line of
 * another metric costs the scan of its name.
 */
export function parseExposition(text: string, options: ParseOptions): Exposition {
  const { maxLines, maxCharacters, wanted = () => true } = options
  const end = Math.min(text.length, maxCharacters)
  const samples: Sample[] = []
  const malformed: MalformedLine[] = []
  let line = 0
  let start = 0
  let lastName = ''
  let lastWanted = false
  while (start < end && line < maxLines) {
    line += 1
    const newline = text.indexOf('\n', start)
    const lineEnd = newline === -1 ? text.length : newline
    if (lineEnd > end) break
    const from = skipBlanks(text, start)
    if (from < lineEnd && text.charCodeAt(from) !== HASH && text.charCodeAt(from) !== CARRIAGE_RETURN) {
      // Neighbours mostly share their name (the buckets of a histogram): scan and judge once per run of equal names.
      if (!startsWithName(text, from, lastName)) {
        lastName = text.slice(from, scanName(text, from, NAME_CHARACTERS))
        lastWanted = lastName === '' || wanted(lastName)
      }
      if (lastWanted) {
        const parsed = parseSample(text.slice(from, lineEnd), lastName)
        if (typeof parsed === 'string')
          malformed.push({ line, problem: parsed, ...(lastName !== '' && { name: lastName }) })
        else samples.push(parsed)
      }
    }
    start = lineEnd + 1
  }
  return { samples, malformed, truncated: start < text.length }
}

const TAB = 9
const CARRIAGE_RETURN = 13
const SPACE = 32
const QUOTE = 34
const HASH = 35
const COMMA = 44
const EQUALS = 61
const BACKSLASH = 92
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/** A sample, or what is wrong with the line. `name` is the line's beginning, already scanned. */
function parseSample(line: string, name: string): Sample | string {
  if (name === '' || isDigit(line.charCodeAt(0))) return 'expected a metric name'
  const afterName = skipBlanks(line, name.length)
  let labels: Readonly<Record<string, string>> = NO_LABELS
  let valueStart = afterName
  if (line.charCodeAt(afterName) === OPEN_BRACE) {
    const parsed = parseLabels(line, afterName + 1)
    if (typeof parsed === 'string') return parsed
    labels = parsed.labels
    valueStart = parsed.end
  } else if (afterName === name.length && afterName < line.length) {
    return `unexpected ${JSON.stringify(line.charAt(afterName))} in the metric name`
  }
  const found = VALUE_AND_REST.exec(line.slice(valueStart))
  if (found === null) return 'expected a value, and after it at most a timestamp and an exemplar'
  const value = toNumber(found[1] ?? '')
  return value === undefined ? `value ${JSON.stringify(found[1])} is not a number` : { name, labels, value }
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({})

// 0.0.4 timestamps are whole milliseconds, OpenMetrics ones seconds with a fraction; its exemplars come after " # ".
const VALUE_AND_REST = /^[ \t]*([^ \t\r]+)(?:[ \t]+[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)?(?:[ \t]+#[ \t]*\{[^]*)?[ \t]*\r?$/

/** `position` is after the opening brace, `end` after the closing one. */
function parseLabels(line: string, position: number): { labels: Record<string, string>; end: number } | string {
  const labels = new Map<string, string>()
  let at = skipBlanks(line, position)
  while (line.charCodeAt(at) !== CLOSE_BRACE) {
    const nameEnd = scanName(line, at, LABEL_CHARACTERS)
    if (nameEnd === at || isDigit(line.charCodeAt(at))) return 'expected a label name'
    const name = line.slice(at, nameEnd)
    at = skipBlanks(line, nameEnd)
    if (line.charCodeAt(at) !== EQUALS) return `expected = after the label name ${name}`
    at = skipBlanks(line, at + 1)
    if (line.charCodeAt(at) !== QUOTE) return `expected a quoted value of the label ${name}`
    const close = closingQuote(line, at + 1)
    if (close === -1) return `the value of the label ${name} has no closing quote`
    if (labels.has(name)) return `the label ${name} is given twice`
    labels.set(name, unescapeLabel(line.slice(at + 1, close)))
    at = skipBlanks(line, close + 1)
    if (line.charCodeAt(at) === COMMA) at = skipBlanks(line, at + 1)
    else if (line.charCodeAt(at) !== CLOSE_BRACE) return `expected , or } after the label ${name}`
  }
  return { labels: Object.fromEntries(labels), end: at + 1 }
}

function closingQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    const code = line.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at += 1
  }
  return -1
}

/** Another escaped character keeps its backslash, as in Prometheus (model/textparse/promparse.go, lvalReplacer). */
function unescapeLabel(raw: string): string {
  if (!raw.includes('\\')) return raw
  return raw.replaceAll(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

function toNumber(raw: string): number | undefined {
  if (DECIMAL.test(raw)) return Number(raw)
  if (INFINITE.test(raw)) return raw.startsWith('-') ? -Infinity : Infinity
  return /^[+-]?nan$/i.test(raw) ? Number.NaN : undefined
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const INFINITE = /^[+-]?inf(?:inity)?$/i

function skipBlanks(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB) at += 1
  return at
}

const startsWithName = (text: string, from: number, name: string): boolean =>
  name !== '' && text.startsWith(name, from) && NAME_CHARACTERS[text.charCodeAt(from + name.length)] !== 1

function scanName(text: string, from: number, characters: Uint8Array): number {
  let at = from
  while (characters[text.charCodeAt(at)] === 1) at += 1
  return at
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** 1 at the codes of `characters`; a table, because this loop sees every metric name of every page. */
function characterTable(characters: string): Uint8Array {
  const table = new Uint8Array(128)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

const LABEL_CHARACTERS = characterTable('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')
const NAME_CHARACTERS = characterTable('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:')
