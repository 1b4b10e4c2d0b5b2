import fc from 'fast-check'
import t from 'tap'
import { azureFormat } from '../../../../src/cli/replay/azure.ts'

const originMs = Date.parse('2023-11-16T18:15:46Z')

t.test('an Azure row becomes a request whose prompt is like no other', (t) => {
  const line = azureFormat.parseLine('2023-11-16 18:15:46.6805900,374,44', 2)
  t.same(line, {
    kind: 'request',
    request: { atMs: originMs + 680.59, promptTokens: 374, outputTokens: 44, content: [{ id: 2, tokens: 374 }] },
  })
  t.end()
})

const times: readonly [string, string, number][] = [
  ['no fraction', '2023-11-16 18:15:46', originMs],
  ['an offset, as in the files of 2024', '2023-11-16 18:15:46.250000+00:00', originMs + 250],
  ['another offset', '2023-11-16T20:15:46.5+02:00', originMs + 500],
  ['seven digits', '2023-11-16 18:15:46.0000001', originMs + 0.0001],
]

for (const [name, timestamp, atMs] of times) {
  t.test(`an Azure time with ${name} is read`, (t) => {
    const line = azureFormat.parseLine(`${timestamp},1,1`, 1)
    t.ok(line.kind === 'request' && Math.abs(line.request.atMs - atMs) < 0.001)
    t.end()
  })
}

t.test('the header and empty lines of an Azure file are no requests and no faults', (t) => {
  for (const line of ['TIMESTAMP,ContextTokens,GeneratedTokens', 'timestamp,contexttokens,generatedtokens', '']) {
    t.same(azureFormat.parseLine(line, 1), { kind: 'empty' }, line)
  }
  t.end()
})

t.test('an Azure row with an output of 0 counts as one token', (t) => {
  t.match(azureFormat.parseLine('2023-11-16 18:15:46,5,0', 1), { request: { outputTokens: 1 } })
  t.end()
})

const faults: readonly [string, string, RegExp][] = [
  ['a cell too few', '2023-11-16 18:15:46,5', /^the row is .*expected 3 cells/],
  ['a cell too many', '2023-11-16 18:15:46,5,5,5', /^the row is/],
  ['a time in another form', '16.11.2023 18:15,5,5', /^TIMESTAMP is "16\.11\.2023 18:15", expected a time such as/],
  ['a month 13', '2023-13-16 18:15:46,5,5', /^TIMESTAMP is/],
  ['a prompt of 0', '2023-11-16 18:15:46,0,5', /^ContextTokens is "0", expected a whole number from 1/],
  ['a negative prompt', '2023-11-16 18:15:46,-3,5', /^ContextTokens is "-3"/],
  ['NaN', '2023-11-16 18:15:46,NaN,5', /^ContextTokens is "NaN"/],
  ['an empty cell', '2023-11-16 18:15:46,5,', /^GeneratedTokens is ""/],
  ['a broken number', '2023-11-16 18:15:46,5,1.5', /^GeneratedTokens is "1.5"/],
  ['a prompt beyond any model', '2023-11-16 18:15:46,99999999999,5', /^ContextTokens is/],
]

for (const [name, row, why] of faults) {
  t.test(`an Azure row with ${name} is broken, and says what was found and expected`, (t) => {
    const line = azureFormat.parseLine(row, 1)
    t.match(line.kind === 'broken' && line.why, why)
    t.end()
  })
}

t.test('whatever an Azure row holds, parsing gives a sound request or a reason of one short line', (t) => {
  const cell = fc.oneof(fc.string(), fc.integer().map(String), fc.constant('2023-11-16 18:15:46.6805900'))
  const row = fc.array(cell, { maxLength: 4 }).map((cells) => cells.join(','))
  fc.assert(
    fc.property(row, (text) => {
      const parsed = azureFormat.parseLine(text, 1)
      if (parsed.kind === 'broken') return parsed.why.length < 200 && !parsed.why.includes('\n')
      return parsed.kind === 'empty' || (parsed.request.promptTokens >= 1 && Number.isFinite(parsed.request.atMs))
    }),
    { numRuns: 2000 },
  )
  t.end()
})
