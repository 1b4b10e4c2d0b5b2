/** A value as the axis of this unit says it. */
export function format(unit, value) {
  if (unit === 'ms') return formatMs(value)
  if (unit === 'fraction') return `${(value * 100).toFixed(1)} %`
  return value.toLocaleString('en-US')
}

function formatMs(ms) {
  if (ms < 999.5) return `${digits(ms)} ms`
  return ms < 600_000 ? `${digits(ms / 1000)} s` : `${digits(ms / 60_000)} min`
}

const digits = (value) => value.toLocaleString('en-US', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 })

/** Time since the start, as a clock shows it: "4:05". */
export function formatClock(ms) {
  const seconds = Math.round(ms / 1000)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] > 0 ? parts : parts.slice(1)
  return shown.map((part, index) => (index === 0 ? `${part}` : `${part}`.padStart(2, '0'))).join(':')
}
