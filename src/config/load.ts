import { ConfigError, type Problem } from '../errors.ts'
import { readEnvironment, type Environment } from './environment.ts'
import type { ConfigOf, Fields } from './field.ts'
import { showRaw, type Source } from './source.ts'

export interface Sources {
  /** From `parseArguments`. */
  readonly flags?: Source
  readonly env?: Environment
  /** Names of variables that belong to other commands and are passed over. */
  readonly otherVariables?: ReadonlySet<string>
  /** From `readConfigFile`. */
  readonly file?: Source
}

/**
 * One frozen object from flag > environment > file > default.
 * Throws one ConfigError that carries every problem of every source; a bad value counts even where a stronger source
 * overrides it.
 */
export function loadConfig<const F extends Fields>(
  fields: F,
  { flags, env = {}, otherVariables, file }: Sources,
): ConfigOf<F> {
  const strongestFirst = [flags, readEnvironment(fields, env, otherVariables), file].filter(
    (source) => source !== undefined,
  )
  const problems: Problem[] = strongestFirst.flatMap((source) => source.problems)
  const config: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(fields)) {
    config[key] = field.default
    for (const source of strongestFirst.toReversed()) {
      const found = source.values.get(key)
      if (found === undefined) continue
      const parsed = field.parse(found.raw)
      if (parsed.ok) config[key] = Array.isArray(parsed.value) ? Object.freeze(parsed.value) : parsed.value
      else problems.push({ path: found.path, value: showRaw(key, found.raw), expected: parsed.expected })
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  // Each value came from `parse` or `default` of the field under its key; a loop over keys cannot tell the compiler.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.freeze(config) as ConfigOf<F>
}

/** The process environment; nothing else in the project reads it. */
export function processEnvironment(): Environment {
  return process.env
}
