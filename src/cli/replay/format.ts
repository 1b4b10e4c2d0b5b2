/** "85 ms", "1.24 s", "129 s"; a dash for unknown. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return '–'
  return ms < 999.5 ? `${significant(ms)} ms` : `${significant(ms / 1000)} s`
}

/** How long something lasts: "98.2 s", "59.0 min", "26.4 h". */
export function formatSpan(ms: number): string {
  if (ms < 120_000) return formatMs(ms)
  return ms < 120 * 60_000 ? `${significant(ms / 60_000)} min` : `${significant(ms / 3_600_000)} h`
}

/** "7,214" */
export const formatCount = (count: number | undefined): string =>
  count === undefined ? '–' : Math.round(count).toLocaleString('en-US')

/** "36.6 %" of 0.366 */
export const formatPercent = (fraction: number | undefined): string =>
  fraction === undefined ? '–' : `${(fraction * 100).toFixed(1)} %`

/** Three digits, thousands separated: "1.24", "12.4", "1,240". */
const significant = (value: number): string =>
  value.toLocaleString('en-US', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 })
