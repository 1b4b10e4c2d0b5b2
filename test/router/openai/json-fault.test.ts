import fc from 'fast-check'
import t from 'tap'
import { jsonFault } from '../../../router/openai/json-fault.ts'

const cases: readonly (readonly [string, number])[] = [
  ['{"a": 1,}', 8],
  ['{"a" 1}', 5],
  ['[1 2]', 3],
  ['[1,]', 3],
  ["{'a': 1}", 1],
  ['{"a": tru}', 6],
  ['{"a": 01}', 7],
  ['"bad \\x escape"', 0],
  ['"bad \\u12 escape"', 0],
  ['["line\nbreak"]', 1],
  ['{} {}', 3],
  ['}', 0],
  ['[}', 1],
  ['{"a": {"b": [1, {"c"', 20],
]

for (const [text, at] of cases) {
  t.test(`${JSON.stringify(text)} is bad from index ${at}`, (t) => {
    t.equal(jsonFault(text), at)
    t.end()
  })
}

t.test('no fault is found in JSON, whatever it holds', (t) => {
  const law = fc.property(fc.json(), (json) => jsonFault(json) === json.length)
  t.doesNotThrow(() => fc.assert(law))
  t.end()
})

t.test('a fault within a text means that JSON.parse refuses it, also one character off from JSON', (t) => {
  const near = fc.tuple(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 1 })).map(([json, at, char]) => {
    const cut = at % json.length
    return json.slice(0, cut) + char + json.slice(cut + 1)
  })
  const law = fc.property(near, (text) => jsonFault(text) === text.length || !parses(text))
  t.doesNotThrow(() => fc.assert(law, { numRuns: 1000 }))
  t.end()
})

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
