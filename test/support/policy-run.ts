import type { PolicyRun, RequestOutcome } from '../../src/cli/replay/result.ts'

/** A request that was answered, with what a test says of it. */
export function outcome(given: Partial<RequestOutcome> = {}): RequestOutcome {
  return { atMs: 0, promptTokens: 100, cachedTokens: 0, outputTokens: 11, replica: 0, ttftMs: 50, e2eMs: 250, ...given }
}

export const failedOutcome = (atMs = 0): RequestOutcome =>
  outcome({ atMs, replica: undefined, ttftMs: undefined, e2eMs: undefined })

export function policyRun(
  name: string,
  requests: readonly RequestOutcome[],
  given: Partial<PolicyRun> = {},
): PolicyRun {
  return { name, requests, samples: [], wallMs: 1, ...given }
}
