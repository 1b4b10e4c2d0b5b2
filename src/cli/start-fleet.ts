import { createFleet, type Fleet, type FleetOptions } from '../simulation/fleet/fleet.ts'
import type { CommandContext } from './command.ts'

/** Starts simulated replicas, prints a line per address, and stops them at the end. */
export async function startFleet(
  options: Partial<FleetOptions>,
  { log, clock, stdout, lifecycle }: CommandContext,
): Promise<Fleet> {
  const fleet = await createFleet({ ...options, log, clock })
  lifecycle.onStop('fleet', (deadline) => fleet.stop(deadline))
  const lines = fleet.replicas.flatMap(({ name, url, kvEvents, replay }) => [
    `${name} ${url}`,
    `${name} kv-events ${kvEvents}`,
    `${name} kv-replay ${replay}`,
  ])
  stdout.write(`${lines.join('\n')}\n`)
  return fleet
}
