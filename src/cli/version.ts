import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** The version in the package.json above this file, in the source tree and in an installed package alike. */
export function packageVersion(): string {
  const path = findPackageJSON(import.meta.url)
  if (path === undefined) return unknown
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const version = typeof content === 'object' && content !== null && 'version' in content ? content.version : undefined
  return typeof version === 'string' ? version : unknown
}

const unknown = 'of unknown version'
