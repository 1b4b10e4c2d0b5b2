import t from 'tap'
import { summarize } from '../../../../src/cli/replay/summary.ts'
import type { PolicySummary } from '../../../../src/cli/replay/summary.ts'
import { renderTable } from '../../../../src/cli/replay/table.ts'
import { failedOutcome, outcome, policyRun } from '../../../support/policy-run.ts'

const summary = (name: string, ttftMs: number, cachedTokens: number): PolicySummary =>
  summarize(policyRun(name, [outcome({ ttftMs, cachedTokens }), outcome({ ttftMs, cachedTokens })]), 8)
const two = [summary('warmpath', 50, 40), summary('round-robin', 200, 10)]
const rowOf = (table: string, name: string): string => table.split('\n').find((line) => line.startsWith(name)) ?? ''

t.test('renderTable() has a row per policy, marks the best of each column, and says what the mark means', (t) => {
  const table = renderTable(two, 100)
  t.match(rowOf(table, 'policy'), /TTFT p50 +TTFT p90 +TTFT p99 +TPOT p50 +out tok\/s +hit +done +failed/)
  t.match(rowOf(table, 'warmpath'), /^warmpath +50\.0 ms\* +50\.0 ms\* +50\.0 ms\* +20\.0 ms +88 +40\.0 %\* +2 +0$/)
  t.match(rowOf(table, 'round-robin'), /^round-robin +200 ms +200 ms +200 ms +5\.00 ms\* +88 +10\.0 % +2 +0$/)
  t.match(table, /\* best of its column\n$/)
  t.end()
})

t.test('renderTable() marks nothing where there is nothing to compare', (t) => {
  t.notMatch(renderTable([summary('warmpath', 50, 40)], 100), /\*/)
  t.notMatch(renderTable([summary('a', 50, 40), summary('b', 50, 40)], 100), /\*/)
  t.end()
})

t.test('renderTable() marks all that look equally good', (t) => {
  const table = renderTable([summary('a', 50.01, 0), summary('b', 50.02, 0), summary('c', 70, 0)], 100)
  t.match(rowOf(table, 'a'), /50\.0 ms\*/)
  t.match(rowOf(table, 'b'), /50\.0 ms\*/)
  t.end()
})

t.test('renderTable() shows a dash for what is unknown, never as the best', (t) => {
  const failed = summarize(policyRun('failing', [failedOutcome()]), 8)
  const table = renderTable([failed, summary('warmpath', 50, 40)], 100)
  t.match(rowOf(table, 'failing'), /^failing +– +– +– +– +– +– +0 +1$/)
  t.match(rowOf(table, 'warmpath'), /50\.0 ms\*/)
  t.end()
})

t.test('renderTable() fits the width as long as its telling columns do', (t) => {
  const widest = (width: number): number =>
    Math.max(
      ...renderTable(two, width)
        .split('\n')
        .map(({ length }) => length),
    )
  for (const width of [100, 80, 60]) t.ok(widest(width) <= width, `${widest(width)} of ${width}`)
  const narrow = renderTable(two, 20)
  t.match(rowOf(narrow, 'policy'), /^policy +TTFT p50 +TTFT p90 +out tok\/s$/)
  t.end()
})
