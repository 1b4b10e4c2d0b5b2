import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFleet, type Fleet } from '../../../src/simulation/fleet/fleet.ts'
import { engineProfile } from '../../../src/simulation/profiles.ts'
import { writeModel } from './model.ts'
import { kvTopic, servedModel, startVllms, stopVllms, type VllmOptions, type VllmServer } from './start.ts'

/** Where the same request can be sent: a real server or a simulated one. */
export interface Target {
  readonly name: string
  readonly url: string
  readonly replay: string
}

/** Sizes of both; a few long prompts fill the cache. vLLM keeps one block for itself. */
const sizes = { blockTokens: 32, kvBlocks: 128, maxModelLen: 2048, maxRunning: 8 }

/** Real servers with a model made on the spot, stopped when the test ends. */
export async function startReal(
  t: { teardown(run: () => Promise<void>): unknown },
  count: number,
  options: Omit<VllmOptions, 'modelFolder'>,
): Promise<readonly VllmServer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'warmpath-vllm-'))
  await writeModel(folder)
  const servers = await startVllms(count, { ...sizes, ...options, modelFolder: folder })
  t.teardown(async () => {
    await stopVllms(servers)
    await rm(folder, { recursive: true })
  })
  return servers
}

/** One replica of the same sizes, 2 ms a step, stopped when the test ends. */
export async function startSimulated(t: { teardown(run: () => Promise<void>): unknown }): Promise<Fleet> {
  const { blockTokens, kvBlocks, ...limits } = sizes
  const engine = { ...engineProfile('laptop'), ...limits, blockTokens, kvBlocks: kvBlocks - 1, stepTokens: 2048 }
  const fleet = await createFleet({
    replicas: 1,
    port: 0,
    kvEventsPort: 0,
    kvReplayPort: 0,
    model: servedModel,
    kvTopic,
    engine: { ...engine, stepMs: () => 2 },
    drainTimeoutMs: 20_000,
  })
  t.teardown(() => fleet.stop(AbortSignal.abort()))
  return fleet
}
