/** Milliseconds of a Go duration such as `3s`, `500ms` or `1m0.5s` (Go time.ParseDuration), as `?timeout=` carries it. */
export function parseGoDuration(text: string): number | undefined {
  if (!/^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let totalMs = 0
  for (const [, count, unit] of text.matchAll(/([0-9]+(?:\.[0-9]*)?)(ns|us|µs|ms|s|m|h)/g))
    totalMs += Number(count) * (millisecondsPer.get(unit ?? '') ?? Number.NaN)
  return Number.isFinite(totalMs) ? totalMs : undefined
}

const millisecondsPer: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** For the way of the answer: a tenth of the time, at most 200 ms. */
const marginMs = (timeoutMs: number): number => Math.min(200, timeoutMs / 10)

/** How long a review may take. The API server says how long it waits, and gives up itself after that. */
export function reviewLimitMs(query: URLSearchParams, maxMs: number): number {
  const asked = parseGoDuration(query.get('timeout') ?? '')
  const timeoutMs = asked === undefined || asked <= 0 ? maxMs : Math.min(asked, maxMs)
  return timeoutMs - marginMs(timeoutMs)
}
