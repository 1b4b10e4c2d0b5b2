import type { Random } from '../../../random.ts'
import { exponential, logNormal, tokenCount } from './chance.ts'
import { conversationTurns } from './session.ts'
import type { Conversation, Turn } from './session.ts'
import type { Workload } from './workload.ts'

/** Four assistants, each with its system prompt, have 50, 25, 15 and 10 % of the chats: the running sums. */
const systemPromptsUpTo = [0.5, 0.75, 0.9, 1]
const systemTokens = 2000
const contextTokens = 32_000
/** While an answer is written nobody replies. */
const assumedMsPerToken = 30
const thinkMs = { mean: 20_000, sigma: 1 }
const message = { mean: 200, sigma: 1, min: 10, max: 4000 }
/** Between the means of Azure's conversations (211) and Mooncake's (343). */
const answer = { mean: 300, sigma: 0.7, min: 20, max: 2000 }
const meanTurns = 6

/** Chats whose history, answers included, comes back with every turn. Lengths and times are our choice. */
export const multiTurn: Workload = {
  name: 'multi-turn',
  doc: 'chats of about 6 turns with growing history, 4 system prompts of 2000 tokens, about 20 s to think',
  defaults: { requestsPerSecond: 40, requests: 3000 },
  generate: (size, random) => conversationTurns(chat, size, random),
}

const chat: Conversation = {
  meanTurns,
  meanTurnMs: thinkMs.mean + answer.mean * assumedMsPerToken,
  sharedContents: systemPromptsUpTo.length,
  opening: (random) => [{ id: pickSystemPrompt(random), tokens: systemTokens }],
  turns: chatTurns,
}

function* chatTurns(random: Random, openingTokens: number): Generator<Turn> {
  // Exponential, rounded up, is geometric: a chat is as likely to go on after any turn.
  const turns = Math.ceil(exponential(random, -1 / Math.log(1 - 1 / meanTurns)))
  let tokens = openingTokens
  let waitMs = 0
  for (let turn = 0; turn < turns; turn++) {
    const newTokens = tokenCount(random, message)
    const answerTokens = tokenCount(random, answer)
    tokens += newTokens + answerTokens
    if (tokens > contextTokens) return
    yield { waitMs, newTokens, answerTokens }
    waitMs = answerTokens * assumedMsPerToken + logNormal(random, thinkMs)
  }
}

function pickSystemPrompt(random: Random): number {
  const drawn = random()
  return systemPromptsUpTo.findIndex((upTo) => drawn < upTo)
}
