/**
 * A Kubernetes quantity as a number in its base unit (cores, bytes, devices): `250m`, `1.5Gi`, `8`, `2e3`. `undefined`
 * for what the API server would refuse (apimachinery v0.36 pkg/api/resource/quantity.go).
 */
export function parseQuantity(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined
  const parts = typeof raw === 'string' ? quantity.exec(raw) : null
  if (parts === null) return undefined
  const [, digits = '', suffix = ''] = parts
  const factor = factors.get(suffix)
  if (factor !== undefined) return Number(digits) * factor
  return Number(`${digits}${suffix.toLowerCase()}`)
}

const quantity = /^([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+|)$/

const factors: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ...['k', 'M', 'G', 'T', 'P', 'E'].map((unit, i) => [unit, 1000 ** (i + 1)] as const),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit, i) => [unit, 1024 ** (i + 1)] as const),
])
