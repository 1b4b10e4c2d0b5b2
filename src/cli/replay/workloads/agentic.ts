import type { Random } from '../../../random.ts'
import { logNormal, tokenCount } from './chance.ts'
import { conversationTurns } from './session.ts'
import type { Conversation, Turn } from './session.ts'
import type { Workload } from './workload.ts'

/** System prompt and tool descriptions, the same for all agents. */
const sharedTokens = 3000
const contextTokens = 32_000
const assumedMsPerToken = 30
const task = { mean: 5000, sigma: 0.8, min: 500, max: 12_000 }
const toolResult = { mean: 375, sigma: 0.8, min: 50, max: 2000 }
const call = { mean: 106, sigma: 0.6, min: 10, max: 800 }
const toolMs = { mean: 15_000, sigma: 1 }

/**
 * llm-d's agentic workload (3k shared; own prompt log-normal, mean 160k; 1,500 in and 425 out per turn; tools answer
 * in 15 s), brought down to a context of 32k: the own prompt to 1/32, a turn to 1/4, which leaves about 50 turns.
 */
export const agentic: Workload = {
  name: 'agentic',
  doc: 'agents of about 50 turns up to 32k tokens: 3000 tokens shared, about 5000 of task, 15 s per tool call',
  defaults: { requestsPerSecond: 10, requests: 3000 },
  generate: (size, random) => conversationTurns(agent, size, random),
}

const agent: Conversation = {
  meanTurns: (contextTokens - sharedTokens - task.mean) / (toolResult.mean + call.mean),
  meanTurnMs: toolMs.mean + call.mean * assumedMsPerToken,
  sharedContents: 1,
  opening: (random, newId) => [
    { id: 0, tokens: sharedTokens },
    { id: newId(), tokens: tokenCount(random, task) },
  ],
  turns: agentTurns,
}

function* agentTurns(random: Random, openingTokens: number): Generator<Turn> {
  let tokens = openingTokens
  let waitMs = 0
  for (;;) {
    const newTokens = tokenCount(random, toolResult)
    const answerTokens = tokenCount(random, call)
    tokens += newTokens + answerTokens
    if (tokens > contextTokens) return
    yield { waitMs, newTokens, answerTokens }
    waitMs = answerTokens * assumedMsPerToken + logNormal(random, toolMs)
  }
}
