import type { PolicyRun } from '../result.ts'
import { completedOf, hitRatio } from '../summary.ts'
import { fractionAxis } from './axis.ts'
import type { Axis } from './axis.ts'

/** Cached part of the prompt tokens: of the whole run and of each replica; `policies` is aligned with the report's. */
export interface HitRatios {
  readonly x: Axis
  readonly policies: readonly { readonly all: number | null; readonly replicas: readonly ReplicaHits[] }[]
}

export interface ReplicaHits {
  readonly replica: number
  readonly ratio: number
  readonly requests: number
}

export function hitRatios(runs: readonly PolicyRun[]): HitRatios {
  const policies = runs.map((run) => {
    const completed = completedOf(run.requests)
    const byReplica = Map.groupBy(completed, ({ replica }) => replica)
    const replicas = [...byReplica].flatMap(([replica, requests]) => {
      const ratio = hitRatio(requests)
      return replica === undefined || ratio === undefined
        ? []
        : [{ replica, ratio: rounded(ratio), requests: requests.length }]
    })
    const all = hitRatio(completed)
    return {
      all: all === undefined ? null : rounded(all),
      replicas: replicas.toSorted((a, b) => a.replica - b.replica),
    }
  })
  const most = policies.reduce((max, { replicas }) => Math.max(max, ...replicas.map(({ ratio }) => ratio)), 0)
  return { x: fractionAxis('prompt tokens found in the cache', most), policies }
}

/** A tenth of the last digit shown, so that the table and the plot round alike. */
const rounded = (ratio: number): number => Number(ratio.toFixed(6))
