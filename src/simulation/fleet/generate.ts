import { createRandom, type Random } from '../../random.ts'
import { encodeText } from './tokenizer.ts'

export interface OutputWish {
  readonly prompt: readonly number[]
  /** Which of `n` answers: each is its own text. */
  readonly choice: number
  readonly seed: number
  /** Mean of the natural length, tokens. */
  readonly meanTokens: number
  /** Most tokens allowed, at least 1. */
  readonly maxTokens: number
  readonly minTokens: number
  readonly ignoreEos: boolean
}

export interface PlannedOutput {
  readonly tokens: readonly number[]
  readonly finishReason: 'stop' | 'length'
}

/** The whole answer, known before it is served: equal prompts and seeds get equal answers on every replica. */
export function planOutput(wish: OutputWish): PlannedOutput {
  const random = createRandom(hashTokens(wish.prompt, wish.seed + wish.choice))
  // Exponential: many short answers, few long ones.
  const natural = Math.max(1, wish.minTokens, Math.round(-Math.log(1 - random()) * wish.meanTokens))
  const stops = !wish.ignoreEos && natural < wish.maxTokens
  return { tokens: fillerTokens(stops ? natural : wish.maxTokens, random), finishReason: stops ? 'stop' : 'length' }
}

/** Words of 4 bytes, space included: one token each, so the answer sent back in the next turn gives the same tokens. */
const openers = ['Once', 'Here', 'Then', 'Well', 'Soon', 'Each', 'Some', 'When']
const starters = [' The', ' Our', ' One', ' And', ' But', ' Now', ' Yet', ' Any']
const words = (
  'the sun sky sea old new way day hum ray arc bay cup dew ear fig gem hut ink jar key log map net oak pea rug sum tea ' +
  'urn van wax yam and for not but all can had her was one our out has him his how man its may see two who did get let ' +
  'put say she too use'
)
  .split(' ')
  .map((word) => ` ${word}`)
const closers = [' it.', ' so.', ' up.', ' us.', ' go.', ' on.']

function fillerTokens(count: number, random: Random): number[] {
  const tokens: number[] = []
  let untilClose = 0
  let pool = openers
  while (tokens.length < count) {
    tokens.push(...encodeText(pool[Math.floor(random() * pool.length)] ?? ' the'))
    if (pool === closers) pool = starters
    else if (untilClose === 0) {
      untilClose = 5 + Math.floor(random() * 10)
      pool = words
    } else if (--untilClose === 0) pool = closers
  }
  return tokens
}

/** FNV-1a over the ids' 32 bits. */
function hashTokens(tokens: readonly number[], seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (const token of tokens) hash = Math.imul(hash ^ token, 0x01000193) >>> 0
  return hash
}
