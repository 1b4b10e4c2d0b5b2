import type { FleetSample, PolicyRun, ReplicaSample } from '../result.ts'
import { timeAxis } from './axis.ts'
import type { Axis } from './axis.ts'

/** Load of every replica over time, one heatmap per policy; `policies` is aligned with the report's. */
export interface FleetLoad {
  readonly x: Axis
  readonly columns: number
  /** Most requests, running and waiting, on one replica in one column: the dark end of the scale. */
  readonly mostRequests: number
  readonly policies: readonly { readonly replicas: readonly ReplicaLoad[] }[]
}

/** Means over each column of time; shorter than `columns` when the policy was done earlier. */
export interface ReplicaLoad {
  readonly running: readonly number[]
  readonly waiting: readonly number[]
  /** Whole percent. */
  readonly kvUsed: readonly number[]
}

export function fleetLoad(runs: readonly PolicyRun[], endMs: number): FleetLoad {
  const replicaCount = Math.max(1, ...runs.map(({ samples }) => samples[0]?.replicas.length ?? 0))
  const columns = columnCount(replicaCount * runs.length)
  const policies = runs.map(({ samples }) => {
    const groups = byTime(samples, columns, endMs)
    return { replicas: Array.from({ length: replicaCount }, (_, replica) => replicaLoad(groups, replica)) }
  })
  const most = policies.flatMap(({ replicas }) =>
    replicas.flatMap(({ running, waiting }) => running.map((n, i) => n + (waiting[i] ?? 0))),
  )
  const mostRequests = most.reduce((max, load) => Math.max(max, load), 1)
  return { x: timeAxis(endMs), columns, mostRequests, policies }
}

/** At three numbers a cell this keeps the report under 1 MB for any fleet. */
const cellsMax = 60_000

const columnCount = (rows: number): number => Math.min(180, Math.max(10, Math.floor(cellsMax / rows)))

/** Samples of each column; trailing empty columns are left off, others borrow from the column before. */
function byTime(samples: readonly FleetSample[], columns: number, endMs: number): readonly (readonly FleetSample[])[] {
  const groups: FleetSample[][] = []
  for (const sample of samples) {
    const column = Math.min(columns - 1, Math.floor((sample.atMs / Math.max(1, endMs)) * columns))
    while (groups.length < column) groups.push(groups.at(-1)?.slice(-1) ?? [sample])
    ;(groups[column] ??= []).push(sample)
  }
  return groups
}

function replicaLoad(groups: readonly (readonly FleetSample[])[], replica: number): ReplicaLoad {
  const means = (amount: (sample: ReplicaSample) => number, factor: number): readonly number[] =>
    groups.map((group) => {
      const values = group.flatMap(({ replicas }) => replicas[replica] ?? []).map(amount)
      return Math.round((factor * values.reduce((sum, value) => sum + value, 0)) / Math.max(1, values.length))
    })
  return {
    running: means(({ running }) => running, 1),
    waiting: means(({ waiting }) => waiting, 1),
    kvUsed: means(({ kvUsedFraction }) => kvUsedFraction, 100),
  }
}
