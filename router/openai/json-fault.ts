/**
 * Where a text stops being JSON (RFC 8259), as an index; the text's length when it ends too early, or is fine.
 * JSON.parse names the place in some of its messages only.
 */
export function jsonFault(text: string): number {
  const open: string[] = []
  let expected: Expected = 'value'
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const next = step(text, at, expected, open)
    if (next === undefined) return at
    expected = next.expected
    at = skipSpace(text, next.at)
  }
  return at
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end'

interface Position {
  readonly at: number
  readonly expected: Expected
}

/** Past one token; undefined where it is not the one expected. */
function step(text: string, at: number, expected: Expected, open: string[]): Position | undefined {
  const char = text[at] ?? ''
  switch (expected) {
    case ':':
      return char === ':' ? { at: at + 1, expected: 'value' } : undefined
    case ', or end':
      return afterValue(char, at, open)
    case 'key or }':
      if (char === '}') return close(at, open)
      return key(text, at)
    case 'key':
      return key(text, at)
    case 'value or ]':
      if (char === ']') return close(at, open)
      return value(text, at, open)
    case 'value':
      return value(text, at, open)
  }
}

function afterValue(char: string, at: number, open: string[]): Position | undefined {
  const container = open.at(-1)
  if (container === undefined) return undefined
  if (char === ',') return { at: at + 1, expected: container === '{' ? 'key' : 'value' }
  return char === (container === '{' ? '}' : ']') ? close(at, open) : undefined
}

function close(at: number, open: string[]): Position {
  open.pop()
  return { at: at + 1, expected: ', or end' }
}

function key(text: string, at: number): Position | undefined {
  const end = text[at] === '"' ? stringEnd(text, at) : undefined
  return end === undefined ? undefined : { at: end, expected: ':' }
}

function value(text: string, at: number, open: string[]): Position | undefined {
  const char = text[at] ?? ''
  if (char === '{' || char === '[') {
    open.push(char)
    return { at: at + 1, expected: char === '{' ? 'key or }' : 'value or ]' }
  }
  const end = char === '"' ? stringEnd(text, at) : scalarEnd(text, at)
  return end === undefined ? undefined : { at: end, expected: ', or end' }
}

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

function scalarEnd(text: string, at: number): number | undefined {
  scalar.lastIndex = at
  return scalar.test(text) ? scalar.lastIndex : undefined
}

/** Undefined when the string that starts at `from` never ends, or holds what must be escaped. */
function stringEnd(text: string, from: number): number | undefined {
  let at = from + 1
  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === '"') return at + 1
    if (char < ' ') return undefined
    if (char !== '\\') at++
    else if (text[at + 1] === 'u') {
      if (!/^[\da-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) return undefined
      at += 6
    } else if (/["\\/bfnrt]/.test(text[at + 1] ?? '')) at += 2
    else return undefined
  }
  return undefined
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at++
  return at
}
