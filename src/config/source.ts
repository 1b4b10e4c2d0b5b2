import { inspect } from 'node:util'
import type { Problem } from '../errors.ts'
import { isSecretName, redacted } from '../telemetry/redact.ts'

/** What one place (command line, environment, file) says: raw values by field key, and what is wrong with the place. */
export interface Source {
  readonly values: ReadonlyMap<string, RawValue>
  readonly problems: readonly Problem[]
}

export interface RawValue {
  /** As the user wrote it: `--port`, `WARMPATH_PORT`, `warmpath.yaml:port`. */
  readonly path: string
  readonly raw: unknown
}

/** A value for a message: short, and hidden under a name that looks like a credential. */
export function showRaw(name: string, raw: unknown): string {
  if (raw === undefined) return 'nothing'
  if (isSecretName(name)) return redacted
  const text = typeof raw === 'string' ? JSON.stringify(raw) : inspect(raw, { breakLength: Infinity })
  return text.length > maxShown ? `${text.slice(0, maxShown)}...` : text
}

const maxShown = 80
