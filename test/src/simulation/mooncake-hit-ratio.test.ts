import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { blockKeys } from '../../../src/cli/replay/block-keys.ts'
import { readTrace } from '../../../src/cli/replay/read-trace.ts'
import { createEngine } from '../../../src/simulation/create-engine.ts'
import { engineProfile, withBlockTokens } from '../../../src/simulation/profiles.ts'
import { repositoryPath } from '../../support/repository.ts'

const path = repositoryPath('../shared/traces/conversation_trace.jsonl')
const missing = existsSync(path) ? false : `no trace at ${path}`
const blockTokens = 512

// With room for every block 36.6 % of all blocks repeat one before: the ideal that is published for this trace.
t.test('an engine with room for everything hits exactly what the trace repeats', { skip: missing }, async (t) => {
  const ideal = repeatedBlocks()
  t.equal(percent(ideal.blocks, ideal.of), 36.6)

  const trace = await readTrace(path, { skipBadLines: false })
  const profile = withBlockTokens(engineProfile('qwen3-32b-tp2-h100'), blockTokens)
  const engine = createEngine({ profile, kvBlocks: ideal.of + trace.requests.length })
  const keys = blockKeys(trace, blockTokens)
  trace.requests.forEach(({ promptTokens }, index) => {
    const hooks = { onFinish() {} }
    engine.submit({ id: String(index), promptTokens, outputTokens: 1, keys: keys[index] ?? [], hooks })
  })
  for (let now: number | undefined = 0; (now = engine.beginStep(now)) !== undefined;) engine.endStep(now)

  const { prefixHitsTokens, prefixQueriesTokens, kvBlocksUsed } = engine.stats()
  t.equal(prefixHitsTokens / blockTokens, ideal.fullBlocks, 'all but repeated last blocks that are not full')
  t.equal(percent(prefixHitsTokens / blockTokens, ideal.of), 36.6)
  t.equal(percent(prefixHitsTokens, prefixQueriesTokens), 37.3, 'of tokens: last blocks are shorter')
  t.equal(kvBlocksUsed, 0)
})

/** Straight from the file: leading `hash_ids` of a request that some request before it had. */
function repeatedBlocks() {
  const seen = new Set<number>()
  const sum = { blocks: 0, fullBlocks: 0, of: 0 }
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const { ids, tokens } = readLine(line)
    const first = ids.findIndex((id) => !seen.has(id))
    const repeated = first < 0 ? ids.length : first
    sum.blocks += repeated
    sum.fullBlocks += Math.min(repeated, Math.floor((tokens - 1) / blockTokens))
    sum.of += ids.length
    for (const id of ids) seen.add(id)
  }
  return sum
}

function readLine(line: string): { readonly ids: readonly number[]; readonly tokens: number } {
  const parsed: unknown = JSON.parse(line)
  if (typeof parsed === 'object' && parsed !== null && 'hash_ids' in parsed && 'input_length' in parsed) {
    const { hash_ids: ids, input_length: tokens } = parsed
    if (Array.isArray(ids) && typeof tokens === 'number') return { ids: ids.map(Number), tokens }
  }
  throw new Error(`no Mooncake line: ${line}`)
}

function percent(part: number, whole: number): number {
  return Math.round((1000 * part) / whole) / 10
}
