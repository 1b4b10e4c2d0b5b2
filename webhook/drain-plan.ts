/** What a pod says of its end already; what is absent is for us to say. Seconds. */
export interface DrainWish {
  readonly drain: number
  readonly ownPreStop: number | 'unknown' | undefined
  readonly ownDrain: number | undefined
  readonly ownGrace: number | undefined
  readonly allowsSpot: boolean
}

export interface DrainPlan {
  readonly preStop: number
  readonly drain: number
  readonly grace: number
}

/** The pod is out of every router's list by then: llm-d's graceful-shutdown component sleeps as long (2026-08). */
export const preStopSeconds = 15
/** For the last bytes and the end of the process; of the same component. */
const marginSeconds = 15
/** From notice to end of a spot node (EC2 user guide, spot interruption notices). */
export const spotSeconds = 120

/**
 * The seconds of each phase, such that the kubelet's grace covers preStop hook, drain and margin. The user's own values
 * stay as they are: then `grace` may be less than they need, or more than a spot node has.
 */
export function planDrain({ drain, ownPreStop, ownDrain, ownGrace, allowsSpot }: DrainWish): DrainPlan {
  const preStop = typeof ownPreStop === 'number' ? ownPreStop : preStopSeconds
  const limit = ownGrace ?? (allowsSpot ? spotSeconds : Infinity)
  const room = limit - preStop - marginSeconds
  const planned = ownDrain ?? Math.min(drain, room)
  return { preStop, drain: planned, grace: preStop + planned + marginSeconds }
}
