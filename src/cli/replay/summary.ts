import { distribution } from './distribution.ts'
import type { Distribution } from './distribution.ts'
import type { PolicyRun, RequestOutcome } from './result.ts'

/** One policy in numbers; undefined where nothing completed. Rates are over the makespan: first arrival to last token. */
export interface PolicySummary {
  readonly name: string
  readonly requests: number
  readonly completed: number
  readonly failed: number
  readonly ttftMs: Distribution | undefined
  /** (end to end - TTFT) / (output tokens - 1), of requests with at least 2 output tokens. */
  readonly tpotMs: Distribution | undefined
  readonly e2eMs: Distribution | undefined
  readonly outputTokensPerSecond: number | undefined
  readonly requestsPerSecond: number | undefined
  /** Cached / all prompt tokens of completed requests. */
  readonly prefixHitRatio: number | undefined
  /** Replicas × makespan. */
  readonly replicaSeconds: number | undefined
}

export function summarize(run: PolicyRun, replicas: number): PolicySummary {
  const completed = completedOf(run.requests)
  const makespanSeconds = makespanMs(run.requests) / 1000
  const perSecond = (amount: number): number | undefined => (makespanSeconds > 0 ? amount / makespanSeconds : undefined)
  return {
    name: run.name,
    requests: run.requests.length,
    completed: completed.length,
    failed: run.requests.length - completed.length,
    ttftMs: distribution(completed.map(({ ttftMs }) => ttftMs)),
    tpotMs: distribution(completed.filter(({ outputTokens }) => outputTokens >= 2).map(tpotMs)),
    e2eMs: distribution(completed.map(({ e2eMs }) => e2eMs)),
    outputTokensPerSecond: perSecond(total(completed, ({ outputTokens }) => outputTokens)),
    requestsPerSecond: perSecond(completed.length),
    prefixHitRatio: hitRatio(completed),
    replicaSeconds: completed.length > 0 ? replicas * makespanSeconds : undefined,
  }
}

export type CompletedRequest = RequestOutcome & { readonly ttftMs: number; readonly e2eMs: number }

export const completedOf = (requests: readonly RequestOutcome[]): readonly CompletedRequest[] =>
  requests.filter((request): request is CompletedRequest => request.ttftMs !== undefined && request.e2eMs !== undefined)

/** First arrival to last token, ms; 0 when nothing completed. */
export function makespanMs(requests: readonly RequestOutcome[]): number {
  const endMs = completedOf(requests).reduce((latest, { atMs, e2eMs }) => Math.max(latest, atMs + e2eMs), -Infinity)
  return Math.max(0, endMs - (requests[0]?.atMs ?? 0))
}

/** Cached / all prompt tokens; undefined when there are none. */
export function hitRatio(requests: readonly RequestOutcome[]): number | undefined {
  const promptTokens = total(requests, (request) => request.promptTokens)
  return promptTokens > 0 ? total(requests, (request) => request.cachedTokens) / promptTokens : undefined
}

const tpotMs = ({ e2eMs, ttftMs, outputTokens }: CompletedRequest): number => (e2eMs - ttftMs) / (outputTokens - 1)

const total = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((sum, item) => sum + amount(item), 0)
