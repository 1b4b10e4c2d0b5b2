import type { Clock } from '../clock.ts'
import type { PoolSnapshot } from './endpoint.ts'
import { applyChange, emptyPool, type PoolChange, type PoolEvent } from './pool-change.ts'

/** `events` is empty where only signals or models changed. */
export type PoolListener = (snapshot: PoolSnapshot, events: readonly PoolEvent[]) => void

/** The endpoints of a process and what is known of them: one writer interface, immutable snapshots for readers. */
export interface Pool {
  snapshot(): PoolSnapshot
  /** Returns what the change meant, refusals included. */
  apply(change: PoolChange): readonly PoolEvent[]
  /** The listener hears every later snapshot, in order of versions. Returns how to stop. */
  subscribe(listener: PoolListener): () => void
}

export function createPool(clock: Pick<Clock, 'now'>): Pool {
  let pool = emptyPool
  const listeners = new Set<PoolListener>()
  const undelivered: { readonly snapshot: PoolSnapshot; readonly events: readonly PoolEvent[] }[] = []
  let delivering = false

  // A listener may apply changes itself; they are delivered after the present one, so that versions arrive in order.
  function deliver(): void {
    if (delivering) return
    delivering = true
    try {
      for (let next = undelivered.shift(); next !== undefined; next = undelivered.shift())
        for (const listener of [...listeners]) if (listeners.has(listener)) listener(next.snapshot, next.events)
    } finally {
      delivering = false
    }
  }

  return {
    snapshot: () => pool.snapshot,
    apply(change) {
      const before = pool
      const { pool: after, events } = applyChange(before, change, clock.now())
      pool = after
      if (after !== before) {
        undelivered.push({ snapshot: after.snapshot, events })
        deliver()
      }
      return events
    },
    subscribe(listener) {
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const own: PoolListener = (snapshot, events) => listener(snapshot, events)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
}
