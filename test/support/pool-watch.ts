import type { EndpointState, PoolSnapshot } from '../../src/endpoints/endpoint.ts'
import type { Pool } from '../../src/endpoints/pool.ts'

/** Resolves with the first snapshot, the present one included, for which `holds`. */
export function untilPool(pool: Pool, holds: (snapshot: PoolSnapshot) => boolean): Promise<PoolSnapshot> {
  return new Promise((resolve) => {
    if (holds(pool.snapshot())) return resolve(pool.snapshot())
    const unsubscribe = pool.subscribe((snapshot) => {
      if (!holds(snapshot)) return
      unsubscribe()
      resolve(snapshot)
    })
  })
}

export const endpointNames = (snapshot: PoolSnapshot): readonly string[] =>
  snapshot.endpoints.map(({ endpoint }) => endpoint.name)

export const stateOf = (snapshot: PoolSnapshot, name: string): EndpointState | undefined =>
  snapshot.endpoints.find(({ endpoint }) => endpoint.name === name)
