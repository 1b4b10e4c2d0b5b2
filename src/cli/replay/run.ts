import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PolicyDefinition } from '../../../router/index.ts'
import type { EngineProfile } from '../../simulation/profiles.ts'
import { withBlockTokens } from '../../simulation/profiles.ts'
import { blockKeys } from './block-keys.ts'
import { Fleet } from './fleet.ts'
import type { PolicyRun } from './result.ts'
import type { Trace } from './trace.ts'

export interface ReplayOptions {
  readonly trace: Trace
  readonly policies: readonly PolicyDefinition[]
  readonly profile: EngineProfile
  readonly replicas: number
  /** Arrival rate factor: 2 sends the same requests in half the time. */
  readonly speed: number
  readonly seed: number
  /** Block size of the engines. */
  readonly blockTokens: number
  /** Block size of the router, a multiple of the engines'. */
  readonly routerBlockTokens: number
  /** How old the engine signals may be that policies read. */
  readonly metricsIntervalMs: number
  readonly onProgress: (done: number, total: number, policy: string) => void
}

/** Replays a trace under each policy in turn through the real router and the engine model, in virtual time. */
export async function runReplay(options: ReplayOptions): Promise<readonly PolicyRun[]> {
  const profile = withBlockTokens(options.profile, options.blockTokens)
  const keys = blockKeys(options.trace, options.blockTokens)
  const runs: PolicyRun[] = []
  for (const policy of options.policies) {
    const started = performance.now()
    const fleet = new Fleet({ ...options, policy, profile, keys })
    const { requests } = options.trace
    for (const [index, request] of requests.entries()) {
      fleet.advanceTo(request.atMs / options.speed)
      fleet.arrive(request, index)
      if (index % 64 === 0) {
        options.onProgress(index, requests.length, policy.type)
        await nextTurn()
      }
    }
    fleet.drain()
    options.onProgress(requests.length, requests.length, policy.type)
    runs.push({ name: policy.type, ...fleet.result(), wallMs: performance.now() - started })
  }
  return runs
}
