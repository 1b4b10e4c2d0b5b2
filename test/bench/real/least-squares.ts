/** One equation: the sum of `terms[i] × x[i]` should be `value`. */
export interface Equation {
  readonly terms: readonly number[]
  readonly value: number
}

/**
 * The x ≥ 0 with the least sum of squared relative errors; values must be above 0. What would be negative is held at 0
 * and the rest solved again, worst first: exact where the other costs do not depend on it, close enough elsewhere.
 */
export function leastSquares(equations: readonly Equation[], unknowns: number): readonly number[] {
  const scaled = equations.map(({ terms, value }) => ({ terms: terms.map((term) => term / value), value: 1 }))
  const free = new Set(Array.from({ length: unknowns }, (_, i) => i))
  for (;;) {
    const columns = [...free]
    const solved = solveFree(scaled, columns)
    const worst = solved.indexOf(Math.min(...solved))
    if ((solved[worst] ?? 0) >= 0) {
      return Array.from({ length: unknowns }, (_, i) => (free.has(i) ? (solved[columns.indexOf(i)] ?? 0) : 0))
    }
    free.delete(columns[worst] ?? -1)
  }
}

/** Normal equations, each column scaled to its largest term: seconds and context tokens differ by millions. */
function solveFree(equations: readonly Equation[], columns: readonly number[]): readonly number[] {
  const scales = columns.map((column) => Math.max(...equations.map(({ terms }) => Math.abs(terms[column] ?? 0))) || 1)
  const rows = equations.map(({ terms }) => columns.map((column, i) => (terms[column] ?? 0) / (scales[i] ?? 1)))
  const matrix = [...columns.keys()].map((i) => [
    ...columns.map((_, j) => sumOf(rows, (row) => (row[i] ?? 0) * (row[j] ?? 0))),
    sumOf(rows, (row, at) => (row[i] ?? 0) * (equations[at]?.value ?? 0)),
  ])
  return solve(matrix).map((x, i) => x / (scales[i] ?? 1))
}

/** Gauss and Jordan with partial pivots; a column that nothing depends on gives 0. */
function solve(matrix: readonly (readonly number[])[]): readonly number[] {
  const rows = matrix.map((row) => Float64Array.from(row))
  for (let column = 0; column < rows.length; column++) {
    const below = rows.slice(column)
    const size = (row: Float64Array): number => Math.abs(row[column] ?? 0)
    const pivot = below.reduce((most, row) => (size(row) > size(most) ? row : most), new Float64Array(rows.length + 1))
    if (size(pivot) < singular) continue
    rows.splice(rows.indexOf(pivot), 1)
    rows.splice(column, 0, pivot)
    const lead = pivot[column] ?? 1
    pivot.forEach((term, i) => (pivot[i] = term / lead))
    for (const row of rows) {
      const factor = row[column] ?? 0
      if (row !== pivot) row.forEach((term, i) => (row[i] = term - factor * (pivot[i] ?? 0)))
    }
  }
  return rows.map((row, i) => (Math.abs(row[i] ?? 0) < singular ? 0 : (row.at(-1) ?? 0)))
}

const singular = 1e-9

function sumOf<T>(items: readonly T[], amount: (item: T, index: number) => number): number {
  return items.reduce((sum, item, index) => sum + amount(item, index), 0)
}
