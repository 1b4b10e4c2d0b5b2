import { parseArguments, type ParsedArguments } from '../config/arguments.ts'
import { hasForeignVariables, type Environment } from '../config/environment.ts'
import type { ConfigOf } from '../config/field.ts'
import { readConfigFile } from '../config/file.ts'
import { loadConfig } from '../config/load.ts'
import { envName } from '../config/names.ts'
import type { Source } from '../config/source.ts'
import type { Problem } from '../errors.ts'
import type { Argument, Command } from './command.ts'
import type { CommandEntry } from './commands.ts'
import { commonFields } from './common-fields.ts'

export type Configured =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly config: CommandConfig; readonly args: readonly string[] }

export type CommandConfig = Readonly<Record<string, unknown>> & ConfigOf<typeof commonFields>

/** Command line, environment and file -> the config of one command. Throws a ConfigError with all their problems. */
export async function configure(
  command: Command,
  argv: readonly string[],
  { env, commands }: { env: Environment; commands: readonly CommandEntry[] },
): Promise<Configured> {
  const fields = { ...command.fields, ...commonFields }
  const parsed = parseArguments(fields, argv)
  if (parsed.help) return { kind: 'help' }
  const path = parsed.values.get('config')?.raw ?? env[envName('config')]
  const file = typeof path === 'string' && path !== '' ? readConfigFile(withoutConfig(fields), path) : undefined
  const config = loadConfig(fields, {
    flags: withArgumentProblems(parsed, command.arguments ?? []),
    env,
    otherVariables: hasForeignVariables(fields, env) ? await variablesOf(commands) : new Set(),
    ...(file !== undefined && { file }),
  })
  return { kind: 'run', config, args: parsed.positionals }
}

/** A file cannot name another file. */
function withoutConfig<T>({ config: _config, ...fields }: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return fields
}

async function variablesOf(commands: readonly CommandEntry[]): Promise<ReadonlySet<string>> {
  const loaded = await Promise.all(commands.map((entry) => entry.load()))
  return new Set(loaded.flatMap(({ fields }) => Object.keys(fields).map(envName)))
}

function withArgumentProblems(parsed: ParsedArguments, expected: readonly Argument[]): Source {
  const { positionals, values, problems } = parsed
  // The value of an unknown option looks like an argument; saying so twice would hide the cause.
  if (problems.length > 0) return parsed
  const missing = expected.slice(positionals.length).filter(({ optional }) => optional !== true)
  const extra = positionals.slice(expected.length)
  const found: Problem[] = [
    ...missing.map(({ name, doc }) => ({ path: name, value: 'nothing', expected: doc })),
    ...extra.map((value) => ({
      path: 'argument',
      value: JSON.stringify(value),
      expected: `at most ${expected.length}`,
    })),
  ]
  return { values, problems: found }
}
