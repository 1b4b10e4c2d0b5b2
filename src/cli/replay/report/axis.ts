/** One axis, ready to be drawn. */
export interface Axis {
  readonly label: string
  readonly scale: 'linear' | 'log'
  readonly min: number
  readonly max: number
  readonly ticks: readonly Tick[]
  /** How a value is shown under the pointer. */
  readonly unit: 'ms' | 'fraction' | 'count'
}

export interface Tick {
  readonly at: number
  readonly text: string
}

/** Latencies on a log scale, from the 1, 2 or 5 × 10^n below the least to the one above the greatest. */
export function latencyAxis(label: string, values: Iterable<number>): Axis {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    least = Math.min(least, Math.max(shortestMs, value))
    most = Math.max(most, value)
  }
  if (least > most) [least, most] = [1, 1000]
  const bounds = steps125(least, most)
  const [min = 1, max = 1000] = [bounds[0], bounds.at(-1)]
  // Over three decades the lines between the tens would crowd.
  const shown = max / min > 1000 ? bounds.filter((step) => Number.isInteger(Math.log10(step))) : bounds
  return { label, scale: 'log', min, max, ticks: shown.map((at) => ({ at, text: stepText(at) })), unit: 'ms' }
}

const stepText = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`)

/** A log scale has no 0. */
const shortestMs = 1

/** All 1, 2 and 5 × 10^n from the last at or below `least` to the first at or above `most`, at least two. */
function steps125(least: number, most: number): readonly number[] {
  const steps: number[] = []
  // One decade lower: log10 of 9999999.99999999 is 7.
  for (let power = 10 ** (Math.floor(Math.log10(least)) - 1); ; power *= 10) {
    for (const step of [power, 2 * power, 5 * power]) {
      if (step <= least) steps.length = 0
      steps.push(step)
      if (step >= most && steps.length >= 2) return steps
    }
  }
}

const milliseconds = { unit: 1, name: 'ms' }
const timeUnits = [
  { unit: 1000, name: 's' },
  { unit: 60_000, name: 'min' },
  { unit: 3_600_000, name: 'h' },
]
const timeSteps = [1, 2, 5, 10, 15, 30]

/** Time since the first arrival, 0 to `endMs`, with about six ticks. */
export function timeAxis(endMs: number): Axis {
  const steps = timeUnits.flatMap(({ unit }) => timeSteps.map((count) => count * unit))
  const step = steps.find((one) => endMs / one <= 7) ?? endMs / 6
  const { unit, name } = timeUnits.findLast((one) => one.unit <= step) ?? milliseconds
  const count = Math.floor(endMs / step)
  const ticks = Array.from({ length: count + 1 }, (_, index) => ({
    at: index * step,
    text: `${(index * step) / unit} ${name}`,
  }))
  return { label: 'time since the first request', scale: 'linear', min: 0, max: Math.max(1, endMs), ticks, unit: 'ms' }
}

/** From 0 to 100 %, or to less where all values are small. */
export function fractionAxis(label: string, most = 1): Axis {
  const max = [0.1, 0.2, 0.4].find((bound) => most <= bound) ?? 1
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => ({
    at: part * max,
    text: `${Math.round(part * max * 1000) / 10} %`,
  }))
  return { label, scale: 'linear', min: 0, max, ticks, unit: 'fraction' }
}
