import { metricsShown, shownColumn } from './metrics-shown.ts'
import type { PolicySummary } from './summary.ts'

/**
 * The policies side by side as text, at most `width` columns wide where that is possible: the least telling columns
 * are left out first. `*` marks the best of a column, as shown.
 */
export function renderTable(summaries: readonly PolicySummary[], width: number): string {
  const names = ['policy', ...summaries.map(({ name }) => name)]
  const nameWidth = Math.max(...names.map(({ length }) => length))
  const columns = fitting(metricColumns(summaries), width - nameWidth)
  const lines = names.map((name, row) =>
    [name.padEnd(nameWidth), ...columns.map(({ cells }) => cells[row] ?? '')].join('').trimEnd(),
  )
  const [head = '', ...rows] = lines
  const rule = '─'.repeat(head.length)
  return [
    head,
    rule,
    ...rows,
    ...(lines.some((line) => line.includes('*')) ? [rule, '* best of its column'] : []),
    '',
  ].join('\n')
}

interface Column {
  /** Title and one cell per policy, of equal width, the gap before them included. */
  readonly cells: readonly string[]
  readonly dropOrder: number
}

function metricColumns(summaries: readonly PolicySummary[]): readonly Column[] {
  return metricsShown.map((metric) => {
    const shown = shownColumn(metric, summaries)
    const cells = [`${metric.title} `, ...shown.map(({ text, best }) => `${text}${best ? '*' : ' '}`)]
    const width = 2 + Math.max(...cells.map(({ length }) => length))
    return { cells: cells.map((cell) => cell.padStart(width)), dropOrder: metric.dropOrder }
  })
}

function fitting(columns: readonly Column[], width: number): readonly Column[] {
  const total = columns.reduce((sum, { cells }) => sum + (cells[0]?.length ?? 0), 0)
  const dropNext = Math.max(...columns.map(({ dropOrder }) => dropOrder))
  if (total <= width || dropNext === 0) return columns
  return fitting(
    columns.filter(({ dropOrder }) => dropOrder < dropNext),
    width,
  )
}
