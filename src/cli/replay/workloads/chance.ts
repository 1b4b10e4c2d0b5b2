import type { Random } from '../../../random.ts'

/** A whole number, 0 ≤ n < count, all equally likely. */
export const uniformIndex = (random: Random, count: number): number => Math.floor(random() * count)

/** Exponential: the gaps of a Poisson process. */
export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random())

/** Log-normal with this mean; `sigma` is the standard deviation of its logarithm. */
export function logNormal(random: Random, { mean, sigma }: { readonly mean: number; readonly sigma: number }): number {
  // Box and Muller, 1958.
  const standard = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.exp(Math.log(mean) - sigma ** 2 / 2 + sigma * standard)
}

/** Tokens: log-normal, whole, within bounds (which pull the mean a little). */
export function tokenCount(
  random: Random,
  { min, max, ...shape }: { readonly mean: number; readonly sigma: number; readonly min: number; readonly max: number },
): number {
  return Math.round(Math.min(max, Math.max(min, logNormal(random, shape))))
}

/** Arrival times of a Poisson process in whole ms, the first at 0. */
export function poissonArrivals(random: Random, count: number, perSecond: number): readonly number[] {
  let atMs = 0
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) atMs += exponential(random, 1000 / perSecond)
    return Math.round(atMs)
  })
}
