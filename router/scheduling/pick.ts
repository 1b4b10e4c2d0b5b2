/** Index of the greatest score; ties are broken at random, so that equals share the load. At least one score is given. */
export function pickGreatest(scores: readonly (number | undefined)[], random: () => number): number {
  let best = 0
  let ties = 0
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? -Infinity
    const leader = ties === 0 ? -Infinity : (scores[best] ?? -Infinity)
    if (ties === 0 || score > leader) {
      best = i
      ties = 1
    } else if (score === leader && random() * ++ties < 1) best = i
  }
  return best
}

/** Index of the least cost, as `pickGreatest`. */
export function pickLeast(costs: readonly number[], random: () => number): number {
  return pickGreatest(
    costs.map((cost) => -cost),
    random,
  )
}
