import { isDeepStrictEqual } from 'node:util'
import type { Endpoint, EndpointHealth, EndpointState, EngineSignals, PoolSnapshot } from './endpoint.ts'

/**
 * Something learned about the pool. `source` is who announces endpoints (one file, one list, one watch): it adds and
 * removes its own only. Names are unique over all sources and pools.
 */
export type PoolChange = MembershipChange | KnowledgeChange

export type MembershipChange =
  | { readonly kind: 'added'; readonly source: string; readonly endpoint: Endpoint }
  | { readonly kind: 'removed'; readonly source: string; readonly name: string }
  /** All endpoints a source has; those it no longer lists are removed. */
  | { readonly kind: 'replaced'; readonly source: string; readonly endpoints: readonly Endpoint[] }

export type KnowledgeChange =
  | { readonly kind: 'signals'; readonly name: string; readonly signals: EngineSignals }
  /** The last signals are too old to be believed. */
  | { readonly kind: 'stale'; readonly name: string }
  | { readonly kind: 'health'; readonly name: string; readonly health: EndpointHealth }
  | { readonly kind: 'models'; readonly name: string; readonly servedModels: readonly string[] }

/** What a change meant. An endpoint whose URL changed is another process: it is removed, then added. */
export type PoolEvent =
  | { readonly kind: 'added' | 'removed'; readonly endpoint: Endpoint }
  /** Same name and URL, other facts. */
  | { readonly kind: 'changed'; readonly endpoint: Endpoint; readonly before: Endpoint }
  /** A new engine process answers at the same URL: its cache is empty. */
  | { readonly kind: 'restarted'; readonly endpoint: Endpoint }
  | {
      readonly kind: 'health'
      readonly endpoint: Endpoint
      readonly from: EndpointHealth
      readonly to: EndpointHealth
    }
  /** Not added: the name is taken, by an endpoint that `owner` announced or listed first. */
  | { readonly kind: 'refused'; readonly endpoint: Endpoint; readonly owner: string }

export interface PoolState {
  readonly snapshot: PoolSnapshot
  readonly members: ReadonlyMap<string, Member>
}

export const emptyPool: PoolState = { snapshot: { version: 0, endpoints: [] }, members: new Map() }

/** Pure. Without an effect `pool` is the one that came in; else its snapshot's version is one higher. */
export function applyChange(
  pool: PoolState,
  change: PoolChange,
  nowMs: number,
): { readonly pool: PoolState; readonly events: readonly PoolEvent[] } {
  const members = new Map(pool.members)
  const events = 'source' in change ? changeMembers(members, change) : learn(members, change, nowMs)
  if (sameMembers(pool.members, members)) return { pool, events }
  const endpoints = Array.from(members.values(), ({ state }) => state)
  return { pool: { snapshot: { version: pool.snapshot.version + 1, endpoints }, members }, events }
}

interface Member {
  readonly state: EndpointState
  readonly source: string
  /** Outlives stale signals, so that a restart during an outage is still seen. */
  readonly process: ProcessMarks
}

interface ProcessMarks {
  readonly startTimeSeconds?: number
  readonly queriesTokens?: number
}

type Members = Map<string, Member>

function sameMembers(before: ReadonlyMap<string, Member>, after: ReadonlyMap<string, Member>): boolean {
  if (before.size !== after.size) return false
  for (const [name, member] of after) if (before.get(name) !== member) return false
  return true
}

function changeMembers(members: Members, change: MembershipChange): readonly PoolEvent[] {
  switch (change.kind) {
    case 'added':
      return put(members, change.source, change.endpoint)
    case 'removed':
      return remove(members, change.source, change.name)
    case 'replaced':
      return replace(members, change.source, change.endpoints)
  }
}

function put(members: Members, source: string, endpoint: Endpoint): readonly PoolEvent[] {
  const member = members.get(endpoint.name)
  if (member === undefined) {
    members.set(endpoint.name, { state: { endpoint, health: 'unknown', signals: {} }, source, process: {} })
    return [{ kind: 'added', endpoint }]
  }
  const before = member.state.endpoint
  if (member.source !== source) return [{ kind: 'refused', endpoint, owner: member.source }]
  if (before.url !== endpoint.url) return [...remove(members, source, endpoint.name), ...put(members, source, endpoint)]
  if (isDeepStrictEqual(before, endpoint)) return []
  setState(members, member, { ...member.state, endpoint })
  return [{ kind: 'changed', endpoint, before }]
}

function remove(members: Members, source: string, name: string): readonly PoolEvent[] {
  const member = members.get(name)
  if (member === undefined || member.source !== source) return []
  members.delete(name)
  return [{ kind: 'removed', endpoint: member.state.endpoint }]
}

function replace(members: Members, source: string, endpoints: readonly Endpoint[]): readonly PoolEvent[] {
  const listed = new Set(endpoints.map(({ name }) => name))
  const gone = [...members.keys()].filter((name) => !listed.has(name))
  return [
    ...gone.flatMap((name) => remove(members, source, name)),
    ...endpoints.flatMap((endpoint): readonly PoolEvent[] =>
      // Deleted at its first mention, so that a second one is refused.
      listed.delete(endpoint.name) ? put(members, source, endpoint) : [{ kind: 'refused', endpoint, owner: source }],
    ),
  ]
}

function learn(members: Members, change: KnowledgeChange, nowMs: number): readonly PoolEvent[] {
  const member = members.get(change.name)
  // An answer that comes after its endpoint was removed.
  if (member === undefined) return []
  switch (change.kind) {
    case 'signals':
      return learnSignals(members, member, change.signals, nowMs)
    case 'stale':
      return forgetSignals(members, member)
    case 'health':
      return setHealth(members, member, change.health)
    case 'models':
      return setModels(members, member, change.servedModels)
  }
}

function learnSignals(members: Members, member: Member, signals: EngineSignals, nowMs: number): readonly PoolEvent[] {
  const { endpoint, health, servedModels, ...previous } = member.state
  if (previous.scrapedAtMs === nowMs && isDeepStrictEqual(previous.signals, signals)) return []
  const marks = toMarks(signals)
  const restarted = isAnotherProcess(member.process, marks)
  // Adapters loaded at run time are gone after a restart, so the list is unknown until asked again.
  const models = servedModels === undefined || restarted ? {} : { servedModels }
  members.set(endpoint.name, {
    source: member.source,
    state: { endpoint, health, signals, scrapedAtMs: nowMs, ...models },
    process: restarted ? marks : { ...member.process, ...marks },
  })
  return restarted ? [{ kind: 'restarted', endpoint }] : []
}

function toMarks({ processStartTimeSeconds, prefixCacheQueriesTokens }: EngineSignals): ProcessMarks {
  return {
    ...(processStartTimeSeconds !== undefined && { startTimeSeconds: processStartTimeSeconds }),
    ...(prefixCacheQueriesTokens !== undefined && { queriesTokens: prefixCacheQueriesTokens }),
  }
}

/**
 * Engines with several API servers report no start time (prometheus_client's multiprocess mode): there a counter that
 * fell tells.
 */
function isAnotherProcess(before: ProcessMarks, now: ProcessMarks): boolean {
  if (before.startTimeSeconds !== undefined && now.startTimeSeconds !== undefined)
    return before.startTimeSeconds !== now.startTimeSeconds
  return (
    before.queriesTokens !== undefined && now.queriesTokens !== undefined && now.queriesTokens < before.queriesTokens
  )
}

function forgetSignals(members: Members, member: Member): readonly PoolEvent[] {
  const { scrapedAtMs, signals, ...rest } = member.state
  if (scrapedAtMs !== undefined || Object.keys(signals).length > 0) setState(members, member, { ...rest, signals: {} })
  return []
}

function setHealth(members: Members, member: Member, to: EndpointHealth): readonly PoolEvent[] {
  const { endpoint, health: from } = member.state
  if (from === to) return []
  setState(members, member, { ...member.state, health: to })
  return [{ kind: 'health', endpoint, from, to }]
}

function setModels(members: Members, member: Member, servedModels: readonly string[]): readonly PoolEvent[] {
  if (!isDeepStrictEqual(member.state.servedModels, servedModels))
    setState(members, member, { ...member.state, servedModels })
  return []
}

function setState(members: Members, member: Member, state: EndpointState): void {
  members.set(state.endpoint.name, { ...member, state })
}
