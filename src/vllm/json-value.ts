/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/** Deeper text counts as unreadable, so that no input can exhaust the stack. Python gives up at about 1000 levels. */
export const maxJsonDepth = 100

/** The value of a JSON text; `undefined` if it is none, or nested deeper than `maxJsonDepth`. */
export function readJson(text: string): Json | undefined {
  try {
    return toJson(JSON.parse(text), maxJsonDepth)
  } catch {
    return undefined
  }
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value)

export const isJsonList = (value: Json | undefined): value is readonly Json[] => value !== undefined && isList(value)

/** `update` over `base`: objects by key, lists joined, all else replaced. */
export function mergeJson(base: JsonObject, update: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(update)) {
    const before = merged.get(key)
    if (isJsonObject(before) && isJsonObject(value)) merged.set(key, mergeJson(before, value))
    else if (isJsonList(before) && isJsonList(value)) merged.set(key, [...before, ...value])
    else merged.set(key, value)
  }
  return Object.fromEntries(merged)
}

/** Whether two values are the same; the order of keys does not matter. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (isJsonList(one) && isJsonList(other)) {
    return one.length === other.length && one.every((item, i) => sameJson(item, other[i]))
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return Object.is(one, other)
  const theirs = new Map(Object.entries(other))
  const ours = Object.entries(one)
  return (
    ours.length === theirs.size && ours.every(([key, value]) => theirs.has(key) && sameJson(value, theirs.get(key)))
  )
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

function toJson(value: unknown, depth: number): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return value
  }
  if (typeof value !== 'object' || depth === 0) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => toJson(item, depth - 1))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [key, toJson(item, depth - 1)] as const)
  return entries.every((entry): entry is readonly [string, Json] => entry[1] !== undefined)
    ? Object.fromEntries(entries)
    : undefined
}
