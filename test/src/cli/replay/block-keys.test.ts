import fc from 'fast-check'
import t from 'tap'
import { blockKeys } from '../../../../src/cli/replay/block-keys.ts'
import type { ContentSpan, Trace } from '../../../../src/cli/replay/trace.ts'

function traceOf(contents: readonly (readonly ContentSpan[])[]): Trace {
  const requests = contents.map((content) => ({ atMs: 0, promptTokens: 1, outputTokens: 1, content }))
  return { name: 'test', requests, skippedLines: 0 }
}

const keysOf = (contents: readonly (readonly ContentSpan[])[], blockTokens: number): readonly number[][] =>
  blockKeys(traceOf(contents), blockTokens).map((keys) => [...keys])

/** Every token by name: the definition that the keys are a short form of. */
const expand = (content: readonly ContentSpan[]): readonly string[] =>
  content.flatMap(({ id, tokens }) => Array.from({ length: tokens }, (_, offset) => `${id}:${offset}`))

t.test(
  'blockKeys() gives two requests the same key exactly where all tokens up to the end of the block are equal',
  (t) => {
    const span = fc.record({ id: fc.integer({ min: 0, max: 3 }), tokens: fc.integer({ min: 1, max: 7 }) })
    const contents = fc.array(fc.array(span, { maxLength: 5 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 6 }), (given, blockTokens) => {
        const keys = keysOf(given, blockTokens)
        const prefixOf = new Map<number, string>()
        const keyOf = new Map<string, number>()
        for (const [request, content] of given.entries()) {
          const tokens = expand(content)
          if (keys[request]?.length !== Math.floor(tokens.length / blockTokens)) return false
          for (const [block, key] of (keys[request] ?? []).entries()) {
            const prefix = tokens.slice(0, (block + 1) * blockTokens).join()
            if ((prefixOf.get(key) ?? prefix) !== prefix || (keyOf.get(prefix) ?? key) !== key) return false
            prefixOf.set(key, prefix)
            keyOf.set(prefix, key)
          }
        }
        return prefixOf.size === 0 || Math.max(...prefixOf.keys()) === prefixOf.size - 1
      }),
      { numRuns: 500 },
    )
    t.end()
  },
)

const cases: readonly {
  name: string
  contents: readonly (readonly [number, number][])[]
  keys: readonly number[][]
}[] = [
  {
    name: 'a block may cover pieces of several spans',
    contents: [
      [
        [1, 3],
        [2, 5],
      ],
      [
        [1, 3],
        [3, 5],
      ],
    ],
    keys: [
      [0, 1],
      [2, 3],
    ],
  },
  {
    name: 'a longer span after the same prefix goes on where the shorter one ended',
    contents: [[[1, 8]], [[1, 16]]],
    keys: [
      [0, 1],
      [0, 1, 2, 3],
    ],
  },
  {
    name: 'content cut short differs from content that goes on',
    contents: [
      [
        [1, 6],
        [2, 2],
      ],
      [[1, 8]],
    ],
    keys: [
      [0, 1],
      [0, 2],
    ],
  },
  {
    name: 'a repeated span is not its continuation',
    contents: [
      [
        [1, 4],
        [1, 4],
      ],
      [[1, 8]],
    ],
    keys: [
      [0, 1],
      [0, 2],
    ],
  },
  { name: 'a partial last block has no key', contents: [[[1, 7]], [[1, 3]], []], keys: [[0], [], []] },
  { name: 'ids may be any safe whole number', contents: [[[2 ** 53 - 1, 4]], [[2 ** 53 - 2, 4]]], keys: [[0], [1]] },
]

for (const { name, contents, keys } of cases) {
  t.test(`blockKeys(): ${name}`, (t) => {
    const spans = contents.map((content) => content.map(([id, tokens]) => ({ id, tokens })))
    t.same(keysOf(spans, 4), keys)
    t.end()
  })
}
