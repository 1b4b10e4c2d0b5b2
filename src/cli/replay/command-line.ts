import type { Fields } from '../../config/field.ts'
import { flagName } from '../../config/names.ts'

/** A command line that asks for the same again: the arguments, and the options that differ from their defaults. */
export function commandLine(
  fields: Fields,
  config: Readonly<Record<string, unknown>>,
  args: readonly string[],
): string {
  const options = Object.entries(fields).flatMap(([key, field]) => {
    const value = config[key]
    if (value === undefined || JSON.stringify(value) === JSON.stringify(field.default)) return []
    if (field.kind === 'flag') return [flagName(key)]
    return [flagName(key), quoted(asText(value, field.unit))]
  })
  return ['warmpath replay', ...args.map(quoted), ...options].join(' ')
}

function asText(value: unknown, unit: string): string {
  if (Array.isArray(value)) return value.join(',')
  return unit === 'ms' ? `${String(value)}ms` : String(value)
}

/** As one word for a POSIX shell. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
