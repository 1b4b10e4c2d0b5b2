import type { Random } from '../../../random.ts'
import type { ContentSpan, TraceRequest } from '../trace.ts'
import { exponential } from './chance.ts'
import type { WorkloadSize } from './workload.ts'

/** A kind of conversation: each turn's prompt is all that was said before, and something new. */
export interface Conversation {
  /** Mean turns of one conversation, and mean time from one turn to the next: they set how many run at once. */
  readonly meanTurns: number
  readonly meanTurnMs: number
  /** Content ids 0 .. sharedContents - 1 are common to conversations. */
  readonly sharedContents: number
  /** What a conversation opens with, before the first turn. */
  readonly opening: (random: Random, newId: () => number) => readonly ContentSpan[]
  /** Turns until the conversation ends; `openingTokens` are in the prompt already. */
  readonly turns: (random: Random, openingTokens: number) => Iterable<Turn>
}

export interface Turn {
  /** From the turn before: its answer's making, and whatever the user or the tool takes. */
  readonly waitMs: number
  readonly newTokens: number
  readonly answerTokens: number
}

/**
 * The first `requests` turns of conversations that start as a Poisson process. Times are fixed here, however fast
 * answers come in a replay (an open loop), so that every policy sees the same arrivals. So that the rate holds from
 * the start, conversations begin long before it; what they said until then is left out, not replayed as history that
 * no cache holds.
 */
export function conversationTurns(
  kind: Conversation,
  { requests, requestsPerSecond }: WorkloadSize,
  random: Random,
): readonly TraceRequest[] {
  const startGapMs = (1000 * kind.meanTurns) / requestsPerSecond
  let nextId = kind.sharedContents
  const newId = (): number => nextId++
  const turns: TraceRequest[] = []
  let startMs = -leadSessions * kind.meanTurns * kind.meanTurnMs
  for (let session = 0; ; session++) {
    // A conversation adds turns after its start only, so those before the next start are complete.
    if (session % 64 === 0 && turns.filter(({ atMs }) => atMs < startMs).length >= requests) break
    turns.push(...conversation({ kind, random, newId, startMs, sessionId: `s${session}` }))
    startMs += exponential(random, startGapMs)
  }
  const first = turns.toSorted((a, b) => a.atMs - b.atMs).slice(0, requests)
  const originMs = first[0]?.atMs ?? 0
  return first.map((turn) => ({ ...turn, atMs: Math.round(turn.atMs - originMs) }))
}

/** Mean conversation lengths of lead: few that began earlier still go on. */
const leadSessions = 3

function conversation(options: {
  readonly kind: Conversation
  readonly random: Random
  readonly newId: () => number
  readonly startMs: number
  readonly sessionId: string
}): readonly TraceRequest[] {
  const { kind, random, newId, startMs, sessionId } = options
  const requests: TraceRequest[] = []
  let content = kind.opening(random, newId)
  let promptTokens = content.reduce((sum, { tokens }) => sum + tokens, 0)
  let atMs = startMs
  for (const { waitMs, newTokens, answerTokens } of kind.turns(random, promptTokens)) {
    atMs += waitMs
    if (atMs < 0) continue
    content = [...content, { id: newId(), tokens: newTokens }, { id: newId(), tokens: answerTokens }]
    promptTokens += newTokens
    requests.push({ atMs, promptTokens, outputTokens: answerTokens, content, sessionId })
    promptTokens += answerTokens
  }
  return requests
}
