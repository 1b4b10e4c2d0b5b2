export interface Distribution {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** Mean and percentiles; undefined of no values. */
export function distribution(values: readonly number[]): Distribution | undefined {
  if (values.length === 0) return undefined
  const sorted = ascending(values)
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { mean, p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), p99: quantile(sorted, 0.99) }
}

export const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).toSorted()

/**
 * Linear between closest ranks, (n - 1) × fraction: numpy's default, and so what `vllm bench serve` and inference-perf
 * report. `sorted` is ascending and not empty.
 */
export function quantile(sorted: ArrayLike<number>, fraction: number): number {
  const rank = (sorted.length - 1) * fraction
  const below = sorted[Math.floor(rank)] ?? NaN
  const above = sorted[Math.ceil(rank)] ?? NaN
  return below + (above - below) * (rank - Math.floor(rank))
}
