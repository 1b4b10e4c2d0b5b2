/** A whole number as Python's `int(text)` reads it: blanks around it, a sign, `_` between digits. */
export function readInteger(text: string): number | undefined {
  // Python's integers have no -0, hence the addition.
  return /^[+-]?\d+(?:_\d+)*$/.test(trimBlanks(text)) ? Number(withoutSeparators(text)) + 0 : undefined
}

/** A number as Python's `float(text)` reads it, so `inf` and `nan` too. */
export function readFloat(text: string): number | undefined {
  const plain = withoutSeparators(text)
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(plain)) return separatorsFit(text) ? Number(plain) : undefined
  const [, sign, infinite] = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(trimBlanks(text)) ?? []
  if (sign === undefined) return undefined
  if (infinite === undefined) return Number.NaN
  return sign === '-' ? -Infinity : Infinity
}

/**
 * A count with vLLM's suffixes: `1k` is 1000, `1K` is 1024, `1.5k` is 1500, and `1.5K` is refused
 * (vllm/utils/argparse_utils.py 0.32, human_readable_int).
 */
export function readSize(text: string): number | undefined {
  const [, digits, suffix] = /^(\d+(?:\.\d+)?)([kKmMgGtT])$/.exec(trimBlanks(text)) ?? []
  if (digits === undefined || suffix === undefined) return readInteger(text)
  const decimal = decimalSuffixes.get(suffix)
  if (decimal !== undefined) return Math.trunc(Number(digits) * decimal)
  const binary = binarySuffixes.get(suffix)
  return binary === undefined || digits.includes('.') ? undefined : Number(digits) * binary
}

const decimalSuffixes: ReadonlyMap<string, number> = new Map([
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
  ['t', 1e12],
])

const binarySuffixes: ReadonlyMap<string, number> = new Map([
  ['K', 2 ** 10],
  ['M', 2 ** 20],
  ['G', 2 ** 30],
  ['T', 2 ** 40],
])

const withoutSeparators = (text: string): string => trimBlanks(text).replaceAll('_', '')

/** Python wants a digit on both sides of each `_` (PEP 515). */
const separatorsFit = (text: string): boolean => !/(?:^|\D)_|_(?:\D|$)/.test(trimBlanks(text))

/** Unlike `trim()` it leaves the byte order mark, which Python does not count as white space. */
const trimBlanks = (text: string): string => text.replaceAll(/^[^\S\uFEFF]+|[^\S\uFEFF]+$/g, '')
