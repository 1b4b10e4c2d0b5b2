import { isRecord } from './field-reader.ts'

/**
 * A value that a JSON schema allows, always the same: the first choice, the least number, the required fields alone.
 * It knows the keywords of tool parameters; `pattern`, `format` and conditions are not looked at. Values behind the
 * 200th are null, lists and texts end at 100.
 */
export function exampleOf(schema: unknown): unknown {
  let values = 0
  const inner = (one: unknown): unknown => (++values > maxValues ? null : example(one, schema, inner))
  return inner(schema)
}

/** A schema that requires itself, perhaps twice, has no finite value. */
const maxValues = 200
const maxLength = 100

/** `root`: where `$ref` starts. */
function example(schema: unknown, root: unknown, inner: (one: unknown) => unknown): unknown {
  if (!isRecord(schema)) return null
  const { $ref: ref, const: constant } = schema
  if (typeof ref === 'string') return inner(refersTo(ref, root))
  if (constant !== undefined) return constant
  const choice = firstOf(schema['enum'])
  if (choice !== undefined) return choice
  const alternative = firstOf(schema['anyOf']) ?? firstOf(schema['oneOf']) ?? firstOf(schema['allOf'])
  if (alternative !== undefined) return inner(alternative)
  const type = firstOf(schema['type']) ?? schema['type'] ?? (schema['properties'] === undefined ? 'null' : 'object')
  switch (type) {
    case 'object':
      return requiredFields(schema, inner)
    case 'array':
      return Array.from({ length: leastLength(schema, 'minItems') }, () => inner(schema['items']))
    case 'string':
      return 'x'.repeat(leastLength(schema, 'minLength'))
    case 'integer':
    case 'number':
      return leastNumber(schema)
    case 'boolean':
      return false
    default:
      return null
  }
}

function requiredFields(schema: Readonly<Record<string, unknown>>, inner: (one: unknown) => unknown): object {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.fromEntries(required.map((name) => [String(name), inner(properties[String(name)])]))
}

const leastLength = (schema: Readonly<Record<string, unknown>>, name: string): number =>
  Math.min(Math.max(numberIn(schema, name) ?? 0, 0), maxLength)

function leastNumber(schema: Readonly<Record<string, unknown>>): number {
  const above = numberIn(schema, 'exclusiveMinimum')
  const least = numberIn(schema, 'minimum') ?? (above === undefined ? 0 : Math.floor(above) + 1)
  const step = numberIn(schema, 'multipleOf') ?? (schema['type'] === 'integer' ? 1 : undefined)
  const most = numberIn(schema, 'maximum') ?? Infinity
  const number = Math.min(least, most)
  return step === undefined ? number : Math.ceil(number / step) * step
}

function refersTo(ref: string, root: unknown): unknown {
  return ref
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, name) => (isRecord(at) ? at[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
      root,
    )
}

const firstOf = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined)

function numberIn(schema: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = schema[name]
  return typeof value === 'number' ? value : undefined
}
