import type { Fields } from './field.ts'

/** `adminPort` -> `--admin-port` */
export const flagName = (key: string): string => `--${words(key).join('-').toLowerCase()}`

/** `adminPort` -> `WARMPATH_ADMIN_PORT` */
export const envName = (key: string): string => `${envPrefix}${words(key).join('_').toUpperCase()}`

export const envPrefix = 'WARMPATH_'

/** The key of the field that a flag, a variable or a file key names. */
export function keyNamed(fields: Fields, nameOf: (key: string) => string, name: string): string | undefined {
  return Object.keys(fields).find((key) => nameOf(key) === name)
}

function words(key: string): readonly string[] {
  return key.split(/(?=[A-Z])/)
}
