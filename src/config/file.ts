import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { Problem } from '../errors.ts'
import type { Fields } from './field.ts'
import type { RawValue, Source } from './source.ts'
import { suggest } from './suggest.ts'

/** Reads the YAML mapping in `path`: field keys in camelCase, unknown keys are problems. Never throws. */
export function readConfigFile(fields: Fields, path: string): Source {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return onlyProblem({ path: '--config', value: JSON.stringify(path), expected: `a readable YAML file (${why})` })
  }
  return parseConfigFile(fields, basename(path), content)
}

export function parseConfigFile(fields: Fields, name: string, content: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0)
    return { values: new Map(), problems: document.errors.map((error) => syntaxProblem(error)) }
  if (document.contents === null) return { values: new Map(), problems: [] }
  return readMapping(fields, name, document)

  function syntaxProblem({ pos: [start], message }: { pos: [number, number]; message: string }): Problem {
    return { path: `${name}:${lines.linePos(start).line}`, value: 'broken YAML', expected: `YAML 1.2 (${message})` }
  }
}

function readMapping(fields: Fields, name: string, document: Document): Source {
  const { contents } = document
  if (!isMap(contents)) return onlyProblem({ path: name, value: 'no mapping', expected: 'lines of "key: value"' })
  const values = new Map<string, RawValue>()
  const problems: Problem[] = []
  for (const { key, value } of contents.items) {
    const field = isScalar(key) ? String(key.value) : String(key)
    const path = `${name}:${field}`
    if (Object.hasOwn(fields, field)) values.set(field, { path, raw: isNode(value) ? value.toJS(document) : value })
    else problems.push(unknownKey(path, field, Object.keys(fields)))
  }
  return { values, problems }
}

function unknownKey(path: string, key: string, keys: readonly string[]): Problem {
  return { path, value: 'an unknown key', expected: suggest('an option of this command in camelCase', key, keys) }
}

function onlyProblem(problem: Problem): Source {
  return { values: new Map(), problems: [problem] }
}
