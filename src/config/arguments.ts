import { parseArgs } from 'node:util'
import type { Problem } from '../errors.ts'
import type { Field, Fields } from './field.ts'
import { flagName, keyNamed } from './names.ts'
import { showRaw, type RawValue, type Source } from './source.ts'
import { suggest } from './suggest.ts'

/** A command line: options by field key, and the rest. */
export interface ParsedArguments extends Source {
  readonly positionals: readonly string[]
  readonly help: boolean
}

/**
 * Reads `--name value`, `--name=value`, `--switch`, `--no-switch`, `--` and `-h`.
 * A list option may be repeated; of any other the last one counts.
 */
export function parseArguments(fields: Fields, argv: readonly string[]): ParsedArguments {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    allowNegative: true,
    tokens: true,
    options: optionsOf(fields),
  })
  const values = new Map<string, RawValue>()
  const problems: Problem[] = []
  const positionals: string[] = []
  let help = false
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name === 'help') {
      help = true
      continue
    }
    const option = readOption(fields, token)
    if (option.kind === 'problem') problems.push(option.problem)
    else values.set(option.key, { path: option.path, raw: joined(option.field, values.get(option.key), option.raw) })
  }
  return { values, problems, positionals, help }
}

type OptionToken = Extract<NonNullable<ReturnType<typeof parseArgs>['tokens']>[number], { kind: 'option' }>

type Option =
  | {
      readonly kind: 'value'
      readonly key: string
      readonly field: Field<unknown>
      readonly path: string
      readonly raw: unknown
    }
  | { readonly kind: 'problem'; readonly problem: Problem }

function readOption(fields: Fields, token: OptionToken): Option {
  const key = keyNamed(fields, flagName, `--${token.name}`)
  const field = key === undefined ? undefined : fields[key]
  if (key === undefined || field === undefined) return { kind: 'problem', problem: unknownOption(fields, token) }
  const path = token.rawName
  const negated = path === `--no-${token.name}`
  if (negated && field.kind !== 'flag')
    return { kind: 'problem', problem: { path, value: 'a switch', expected: `${flagName(key)} with a value` } }
  if (field.kind === 'flag') return { kind: 'value', key, field, path, raw: negated ? false : (token.value ?? true) }
  // `--model --port 1` is a forgotten value far more often than a model called "--port".
  const forgotten = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))
  if (!forgotten) return { kind: 'value', key, field, path, raw: token.value }
  const parsed = field.parse(undefined)
  const expected = parsed.ok ? 'a value' : parsed.expected
  return { kind: 'problem', problem: { path, value: showRaw(key, undefined), expected } }
}

function unknownOption(fields: Fields, { rawName }: OptionToken): Problem {
  const names = Object.entries(fields).flatMap(([key, { kind }]) =>
    kind === 'flag' ? [flagName(key), flagName(key).replace('--', '--no-')] : [flagName(key)],
  )
  return { path: rawName, value: 'an unknown option', expected: suggest('one that --help lists', rawName, names) }
}

function optionsOf(fields: Fields): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  const own = Object.entries(fields).map(
    ([key, { kind }]) => [flagName(key).slice(2), { type: kind === 'flag' ? 'boolean' : 'string' } as const] as const,
  )
  return { ...Object.fromEntries(own), help: { type: 'boolean', short: 'h' } }
}

function joined(field: Field<unknown>, before: RawValue | undefined, raw: unknown): unknown {
  return field.kind === 'list' && typeof before?.raw === 'string' ? `${before.raw},${String(raw)}` : raw
}
