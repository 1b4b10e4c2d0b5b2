import type { Parsed } from '../config/field.ts'

const EXPECTED = 'an http or https address without path, such as "http://10.0.3.7:8000"'

/**
 * The address of an engine in its one normal form, so that equal addresses are equal texts: lower-case host, default
 * port left out. Paths, queries and credentials are refused, because requests are sent to `origin + path` as they come.
 */
export function parseOrigin(raw: unknown): Parsed<string> {
  if (typeof raw !== 'string' || !URL.canParse(raw)) return { ok: false, expected: EXPECTED }
  const { protocol, origin, host, pathname, search, hash, username, password, port } = new URL(raw)
  const bare = host !== '' && pathname === '/' && search === '' && hash === '' && username === '' && password === ''
  if (!bare || port === '0' || (protocol !== 'http:' && protocol !== 'https:')) return { ok: false, expected: EXPECTED }
  return { ok: true, value: origin }
}
