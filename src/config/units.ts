/** Milliseconds from `"250ms"`, `"4s"`, `"2m"`, `"1.5h"`, `"1d"`. A number without a unit is refused: ms or s? */
export function parseDuration(raw: unknown): number | undefined {
  return typeof raw === 'string' ? parseWithUnit(raw, millisecondsPer) : undefined
}

/** Bytes from `"64Ki"`, `"20Mi"`, `"1G"` (suffixes of Kubernetes quantities) or a plain count; a whole number. */
export function parseBytes(raw: unknown): number | undefined {
  const value = typeof raw === 'string' ? (parseWithUnit(raw, bytesPer) ?? parseDecimal(raw)) : raw
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** `0.9` from `"90%"`, `"0.9"` or `0.9`. The range is not checked here. */
export function parseFraction(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined
  if (typeof raw !== 'string') return undefined
  const percent = raw.trim().endsWith('%')
  const value = parseDecimal(percent ? raw.trim().slice(0, -1) : raw)
  return value !== undefined && percent ? value / 100 : value
}

/** The shortest text that `parseDuration` reads back as the same number: `20000` -> `"20s"`. */
export function formatDuration(milliseconds: number): string {
  return formatWithUnit(milliseconds, millisecondsPer) ?? `${milliseconds}ms`
}

/** The shortest text that `parseBytes` reads back as the same number: `65536` -> `"64Ki"`, `1000` -> `"1k"`. */
export function formatBytes(count: number): string {
  return formatWithUnit(count, bytesPer) ?? String(count)
}

type Units = ReadonlyMap<string, number>

const millisecondsPer: Units = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
])

// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ (lower-case k, no K)
const bytesPer: Units = new Map([
  ['Ti', 2 ** 40],
  ['T', 1e12],
  ['Gi', 2 ** 30],
  ['G', 1e9],
  ['Mi', 2 ** 20],
  ['M', 1e6],
  ['Ki', 2 ** 10],
  ['k', 1e3],
])

function parseWithUnit(raw: string, units: Units): number | undefined {
  const [, digits, unit] = /^(.*?)\s*([A-Za-z]+)$/.exec(raw.trim()) ?? []
  const size = units.get(unit ?? '')
  const value = parseDecimal(digits ?? '')
  return size === undefined || value === undefined ? undefined : value * size
}

function parseDecimal(raw: string): number | undefined {
  const text = raw.trim()
  return /^\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined
}

function formatWithUnit(value: number, units: Units): string | undefined {
  for (const [unit, size] of units) if (value !== 0 && value % size === 0) return `${value / size}${unit}`
  return undefined
}
