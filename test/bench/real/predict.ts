import { policies } from '../../../router/index.ts'
import { runReplay } from '../../../src/cli/replay/run.ts'
import type { PolicyRun } from '../../../src/cli/replay/result.ts'
import type { Trace } from '../../../src/cli/replay/trace.ts'
import type { EngineProfile } from '../../../src/simulation/profiles.ts'

/**
 * What `replay` makes of the trace under each of these policies, router and engines as they run here, once for each of
 * several seeds: policies that toss coins come out differently each time.
 */
export async function predict(
  trace: Trace,
  { profile, engines, names }: { profile: EngineProfile; engines: number; names: readonly string[] },
): Promise<readonly PolicyRun[]> {
  const runs: PolicyRun[] = []
  for (const seed of seeds) {
    const some = await runReplay({
      trace,
      policies: policies.filter(({ type }) => names.includes(type)),
      profile,
      replicas: engines,
      speed: 1,
      seed,
      blockTokens: profile.blockTokens,
      // Defaults of the router's --block-tokens and --metrics-interval.
      routerBlockTokens: 32,
      metricsIntervalMs: 1000,
      onProgress() {},
    })
    runs.push(...some)
  }
  return runs
}

const seeds = [1, 2, 3, 4, 5]
