/** What is not known is shown as a dash, never as 0. */
export const unknown = '–'

const known = (value, show) => (value === undefined || Number.isNaN(value) ? unknown : show(value))

export const formatCount = (value) => known(value, (count) => Math.round(count).toLocaleString('en-US'))

export const formatPercent = (fraction) => known(fraction, (part) => `${Math.round(part * 100)}\u00a0%`)

/** Per second; small ones with a decimal. */
export const formatRate = (value) =>
  known(value, (rate) => (rate < 99.95 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US')))

export const formatMs = (value) =>
  known(value, (ms) =>
    ms < 9999.5 ? `${Math.round(ms).toLocaleString('en-US')}\u00a0ms` : `${(ms / 1000).toFixed(1)}\u00a0s`,
  )

/** Of any size and sign, to three digits. */
export const formatScore = (value) =>
  known(value, (score) => score.toLocaleString('en-US', { maximumSignificantDigits: 3 }))

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** "14:03:59", in the time zone of whoever looks. */
export function formatTime(iso) {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? unknown : time.format(date)
}

/** Nearest-rank quantile; undefined of nothing. */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]
}
