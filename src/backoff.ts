export interface BackoffOptions {
  /** Delay after the first failure, ms, before jitter. */
  readonly firstMs: number
  /** No delay is longer, ms. */
  readonly maxMs: number
  /** Growth per further failure; 2 by default. */
  readonly factor?: number
  /** 0..1: the share of each delay that is drawn at random; 0.5 by default: at least half of the ceiling is waited. */
  readonly jitter?: number
}

/**
 * Delay in ms before the next attempt, after `failures` consecutive failures (1 or more). Jitter keeps many clients of
 * one failed server from coming back together (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015).
 */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  const { firstMs, maxMs, factor = 2, jitter = 0.5 } = options
  const ceilingMs = Math.min(maxMs, firstMs * factor ** (failures - 1))
  return ceilingMs * (1 - jitter * random())
}
