import type { Problem } from '../errors.ts'
import type { Fields } from './field.ts'
import { envName, envPrefix, keyNamed } from './names.ts'
import type { RawValue, Source } from './source.ts'
import { suggest } from './suggest.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Takes the `WARMPATH_*` variables of `fields`. Names in `others` (options of other commands) are passed over, so that
 * commands can share an environment; any other is a problem.
 */
export function readEnvironment(fields: Fields, env: Environment, others: ReadonlySet<string> = new Set()): Source {
  const values = new Map<string, RawValue>()
  const problems: Problem[] = []
  for (const [name, raw] of ownVariables(env)) {
    const key = keyNamed(fields, envName, name)
    if (key !== undefined) values.set(key, { path: name, raw })
    else if (!others.has(name)) problems.push(unknownVariable(name, [...Object.keys(fields).map(envName), ...others]))
  }
  return { values, problems }
}

/** Whether a `WARMPATH_*` variable is set that is none of `fields`. */
export function hasForeignVariables(fields: Fields, env: Environment): boolean {
  return ownVariables(env).some(([name]) => keyNamed(fields, envName, name) === undefined)
}

function ownVariables(env: Environment): readonly (readonly [string, string])[] {
  return Object.entries(env).flatMap(([name, raw]) =>
    raw !== undefined && name.startsWith(envPrefix) && !isServiceLink(name, raw) ? [[name, raw] as const] : [],
  )
}

/**
 * The kubelet gives every container variables for each Service of its namespace, in Docker's link form: a Service
 * `warmpath` yields WARMPATH_SERVICE_HOST, WARMPATH_PORT=tcp://10.0.0.11:8000, WARMPATH_PORT_8000_TCP_ADDR and more.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function isServiceLink(name: string, raw: string): boolean {
  if (/_SERVICE_(HOST|PORT(_\w+)?)$/.test(name)) return true
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(raw)
}

function unknownVariable(path: string, names: readonly string[]): Problem {
  return { path, value: 'an unknown variable', expected: suggest('an option of some command', path, names) }
}
