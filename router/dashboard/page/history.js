/** Steps of about a second that are kept per replica: five minutes. */
const KEPT = 300
/** A longer pause between two answers (hidden tab, router away) is a gap: its counts belong to no moment. */
export const GAP_MS = 5000
/** Ratios of a single second would jump. */
const SMOOTHED_MS = 10_000

const nothing = { seconds: 0, routed: 0, promptTokens: 0, predicted: 0, queried: 0, hit: 0 }

/**
 * What changed between two answers of `/api/endpoints`, per replica and for all together, over the last minutes.
 * Counters that went back (a restart) count as nothing.
 */
export class History {
  #seriesOf = new Map()
  #countersOf = new Map()
  #lastMs = -Infinity
  #fleet = []

  add(endpoints, atMs) {
    const elapsedMs = atMs - this.#lastMs
    this.#lastMs = atMs
    const continues = elapsedMs <= GAP_MS
    const sum = { ...nothing, atMs, inFlight: 0, prefill: 0, seconds: continues ? elapsedMs / 1000 : 0 }
    const seriesOf = new Map()
    const countersOf = new Map()
    for (const endpoint of endpoints) {
      const { name, load } = endpoint
      const counters = countersIn(endpoint)
      const before = continues ? this.#countersOf.get(name) : undefined
      const change = before === undefined ? nothing : changeBetween(before, counters)
      const step = { ...change, atMs, seconds: sum.seconds, inFlight: load.requests, prefill: load.prefillRequests }
      for (const key of Object.keys(change)) if (key !== 'seconds') sum[key] += change[key]
      sum.inFlight += step.inFlight
      sum.prefill += step.prefill
      countersOf.set(name, counters)
      seriesOf.set(name, appended(this.#seriesOf.get(name) ?? [], step))
    }
    this.#seriesOf = seriesOf
    this.#countersOf = countersOf
    this.#fleet = appended(this.#fleet, sum)
  }

  of(name) {
    return this.#seriesOf.get(name) ?? []
  }

  get fleet() {
    return this.#fleet
  }
}

/** Sums of the steps of the last `windowMs`. */
export function over(steps, windowMs) {
  const sum = { ...nothing }
  const fromMs = (steps.at(-1)?.atMs ?? 0) - windowMs
  for (let i = steps.length - 1; i >= 0 && steps[i].atMs > fromMs; i--)
    for (const key of Object.keys(sum)) sum[key] += steps[i][key]
  return sum
}

/** Undefined where nothing was asked for. */
export const ratio = (part, whole) => (whole > 0 ? part / whole : undefined)

function appended(steps, step) {
  steps.push(step)
  if (steps.length > KEPT) steps.shift()
  const { promptTokens, predicted, queried, hit } = over(steps, SMOOTHED_MS)
  step.predictedRatio = ratio(predicted, promptTokens)
  step.observedRatio = ratio(hit, queried)
  return steps
}

function countersIn({ totals, signals }) {
  return {
    routed: totals.routed,
    promptTokens: totals.promptTokens,
    predicted: totals.predictedCachedTokens,
    queried: signals.prefixCacheQueriesTokens,
    hit: signals.prefixCacheHitsTokens,
  }
}

function changeBetween(before, after) {
  const change = { ...nothing }
  for (const keys of [
    ['routed', 'promptTokens', 'predicted'],
    ['queried', 'hit'],
  ]) {
    // A counter that is not known makes NaN, which is not at least 0.
    const differences = keys.map((key) => after[key] - before[key])
    if (differences.every((difference) => difference >= 0))
      keys.forEach((key, index) => (change[key] = differences[index]))
  }
  return change
}
