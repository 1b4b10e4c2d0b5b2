import type { Field, Fields } from './field.ts'
import { envName, flagName } from './names.ts'
import { formatBytes, formatDuration } from './units.ts'

/** The options of a command for `--help`: flag left; doc, default and variable right, wrapped at `width` columns. */
export function optionsHelp(fields: Fields, width: number): string {
  const entries = Object.entries(fields).map(([key, field]) => ({
    left: flagUsage(key, field),
    right: describe(key, field),
  }))
  return columns(entries, width)
}

/** Two aligned columns; a left side too long for its column gets a line of its own. */
export function columns(entries: readonly { readonly left: string; readonly right: string }[], width: number): string {
  const longest = Math.max(0, ...entries.map(({ left }) => left.length))
  const start = Math.min(longest, maxLeft) + indent.length + 2
  return entries.map(({ left, right }) => row(left, wrap(right, width - start), start)).join('\n')
}

/** The same options as a Markdown table. */
export function optionsTable(fields: Fields): string {
  const rows = Object.entries(fields).map(([key, field]) => {
    const name = `\`${flagName(key)}\`<br>\`${envName(key)}\``
    return `| ${name} | ${code(formatDefault(field))} | ${escapeCell(field.doc)} |`
  })
  return ['| Option, variable | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/** A default as a user would write it. */
export function formatDefault({ default: value, unit }: Field<unknown>): string {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return 'none'
  if (Array.isArray(value)) return value.map((one) => formatValue(one, unit)).join(', ')
  return formatValue(value, unit)
}

/** Words of `text` in lines of at most `width` columns; a longer word stands alone. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/[ \n]+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => line.replaceAll(unbroken, ' '))
}

const indent = '  '
const maxLeft = 26
/** A no-break space: `wrap` keeps it together. */
const unbroken = '\u00a0'

function row(left: string, lines: readonly string[], start: number): string {
  const head = `${indent}${left}`
  const [first = '', ...rest] = lines
  const opening = head.length + 2 > start ? [head, `${' '.repeat(start)}${first}`] : [`${head.padEnd(start)}${first}`]
  return [...opening, ...rest.map((line) => `${' '.repeat(start)}${line}`)].join('\n')
}

function flagUsage(key: string, field: Field<unknown>): string {
  if (field.kind === 'flag') return field.default === true ? flagName(key).replace('--', '--[no-]') : flagName(key)
  return `${flagName(key)} ${placeholder(field)}`
}

const unitPlaceholders = new Map([
  ['ms', 'duration'],
  ['bytes', 'size'],
])

function placeholder({ kind, unit, default: value }: Field<unknown>): string {
  const one = unitPlaceholders.get(unit) ?? (typeof value === 'number' ? 'number' : 'value')
  return kind === 'list' ? `<${one},...>` : `<${one}>`
}

function describe(key: string, field: Field<unknown>): string {
  const shown = formatDefault(field)
  const brackets = shown === 'none' ? `[${envName(key)}]` : `[default: ${shown}] [${envName(key)}]`
  // Short brackets stay on one line.
  return `${field.doc} ${brackets.replaceAll(/\[.{1,30}?\]/g, (bracket) => bracket.replaceAll(' ', unbroken))}`
}

function formatValue(value: unknown, unit: string): string {
  if (typeof value !== 'number') return String(value)
  if (unit === 'ms') return formatDuration(value)
  return unit === 'bytes' ? formatBytes(value) : String(value)
}

function code(text: string): string {
  return text === 'none' ? text : `\`${text}\``
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
