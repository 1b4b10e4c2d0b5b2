import { WarmpathError } from '../../../src/errors.ts'
import { defaultCache } from '../cache.ts'
import type { Part } from './part.ts'

/** The cache, once the part is known to be in it. Rejects with PART_MISSING, which says how to install it. */
export async function requirePart(part: Part, cache = defaultCache): Promise<string> {
  if (await part.installed(cache)) return cache
  const { name, version, source } = part
  const command = `npm run e2e:setup -- ${name}`
  throw new WarmpathError('PART_MISSING', `Part "${name}" ${version} (${source}) is not in ${cache}: run "${command}"`)
}
