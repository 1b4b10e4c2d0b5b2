import type { ContentSpan, TraceRequest } from '../trace.ts'

/** A conversation: each turn's prompt is all that was said before, and something new. */
export interface Session {
  readonly id: string
  /** The whole conversation; every turn's prompt is a leading part of it. */
  readonly content: readonly ContentSpan[]
  readonly turns: readonly Turn[]
}

export interface Turn {
  readonly atMs: number
  /** Spans of `content` that are the prompt; the one after them is the answer. */
  readonly promptSpans: number
}

/** What a session is made of, turn by turn. */
export interface TurnPlan {
  /** Wait before the turn: the earlier answer's making and whatever the user or tool takes. */
  readonly waitMs: number
  readonly newTokens: number
  readonly answerTokens: number
}

/**
 * Lays turns out in time, from `startMs`. The times are fixed here, however fast the answers come in a replay (an open
 * loop), so that every policy sees the same arrivals.
 */
export function createSession(options: {
  readonly id: string
  readonly startMs: number
  readonly opening: readonly ContentSpan[]
  readonly plan: Iterable<TurnPlan>
  readonly newId: () => number
}): Session {
  const content = [...options.opening]
  const turns: Turn[] = []
  let atMs = options.startMs
  for (const { waitMs, newTokens, answerTokens } of options.plan) {
    if (turns.length > 0) atMs += waitMs
    content.push({ id: options.newId(), tokens: newTokens })
    turns.push({ atMs, promptSpans: content.length })
    content.push({ id: options.newId(), tokens: answerTokens })
  }
  return { id: options.id, content, turns }
}

/** The first `count` turns of all sessions by arrival, moved so that the first is at 0. */
export function firstTurns(sessions: readonly Session[], count: number): readonly TraceRequest[] {
  const turns = sessions.flatMap((session) => session.turns.map((turn) => ({ session, turn })))
  const first = turns.toSorted((a, b) => a.turn.atMs - b.turn.atMs).slice(0, count)
  const originMs = first[0]?.turn.atMs ?? 0
  return first.map(({ session, turn }) => toRequest(session, turn, originMs))
}

function toRequest({ id, content, turns: _ }: Session, { atMs, promptSpans }: Turn, originMs: number): TraceRequest {
  const said = content.slice(0, promptSpans + 1)
  const outputTokens = said.at(-1)?.tokens ?? 1
  const allTokens = said.reduce((sum, { tokens }) => sum + tokens, 0)
  const promptTokens = allTokens - outputTokens
  return { atMs: Math.round(atMs - originMs), promptTokens, outputTokens, content: said, sessionId: id }
}
