import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { blockKeys } from '../../../../src/cli/replay/block-keys.ts'
import { readTrace } from '../../../../src/cli/replay/read-trace.ts'
import { ConfigError, WarmpathError } from '../../../../src/errors.ts'
import { repositoryPath } from '../../../support/repository.ts'

const line = (timestamp: unknown, hashId = 0): string =>
  JSON.stringify({ timestamp, input_length: 100, output_length: 5, hash_ids: [hashId] })
const header = 'TIMESTAMP,ContextTokens,GeneratedTokens'
const strict = { skipBadLines: false }
const lenient = { skipBadLines: true }

function fileOf(t: Test, content: string | Buffer): string {
  return join(t.testdir({ 'some.trace': content }), 'some.trace')
}

/** What reading it fails with. */
async function faultOf(
  path: string,
  options: { readonly skipBadLines: boolean; readonly limit?: number } = strict,
): Promise<Error> {
  const outcome = await readTrace(path, options).catch((error: unknown) => error)
  if (outcome instanceof Error) return outcome
  throw new Error('expected a fault, got a trace')
}

t.test('readTrace() reads Mooncake lines and names the trace for its file', async (t) => {
  const trace = await readTrace(fileOf(t, [line(0, 4), '', line(10, 5), ''].join('\n')), strict)
  t.equal(trace.name, 'some.trace')
  t.same(
    trace.requests.map(({ atMs, content }) => [atMs, content]),
    [
      [0, [{ id: 4, tokens: 100 }]],
      [10, [{ id: 5, tokens: 100 }]],
    ],
  )
})

t.test('readTrace() reads Azure rows, from the first arrival on, each prompt unlike the others', async (t) => {
  const rows = [header, '2023-11-16 18:15:46.6805900,374,44', '2023-11-16 18:15:50.9951690,374,109']
  const { requests } = await readTrace(fileOf(t, rows.join('\r\n')), strict)
  t.same(
    requests.map(({ atMs }) => atMs),
    [0, 4314.579],
  )
  t.equal(new Set(requests.map(({ content }) => content[0]?.id)).size, 2)
})

t.test('readTrace() sorts by arrival, keeps the order of equal times, and starts at 0', async (t) => {
  const lines = [line(300, 1), line(100, 2), line(300, 3), line(100, 4)]
  const { requests } = await readTrace(fileOf(t, lines.join('\n')), strict)
  t.same(
    requests.map(({ atMs, content }) => [atMs, content[0]?.id]),
    [
      [0, 2],
      [0, 4],
      [200, 1],
      [200, 3],
    ],
  )
})

t.test('readTrace() stops at the limit and does not look further', async (t) => {
  const { requests } = await readTrace(fileOf(t, [line(0), line(1), '{broken'].join('\n')), { ...strict, limit: 2 })
  t.equal(requests.length, 2)
})

t.test('readTrace() refuses a file with broken lines and names each by its number', async (t) => {
  const error = await faultOf(fileOf(t, [line(0), '{"timestamp": 1', '', line(-3), line(5)].join('\n')))
  t.ok(error instanceof WarmpathError && error.code === 'TRACE_BROKEN_LINES')
  t.match(error.message, /2 of 5 lines are broken\n/)
  t.match(error.message, /\n  line 2: the line is "\{\\"timestamp\\": 1", expected a JSON object\n/)
  t.match(error.message, /\n  line 4: timestamp is -3, expected milliseconds, 0 or more\n/)
  t.match(error.message, /--skip-bad-lines/)
})

t.test('readTrace() shows at most 20 broken lines and counts the others', async (t) => {
  const { message } = await faultOf(fileOf(t, [line(0), ...Array.from({ length: 33 }, () => '{')].join('\n')))
  t.equal(message.split('\n').filter((text) => text.startsWith('  line ')).length, 20)
  t.match(message, /33 of 34 lines are broken/)
  t.match(message, /\n  and 13 more\n/)
})

t.test('readTrace() passes over broken lines when told to, and counts them', async (t) => {
  const trace = await readTrace(fileOf(t, ['not a request', line(0), '{', line(5)].join('\n')), lenient)
  t.equal(trace.requests.length, 2)
  t.equal(trace.skippedLines, 2)
})

t.test('readTrace() takes a line beyond any request for broken', async (t) => {
  const { message } = await faultOf(fileOf(t, [line(0), `{"x":"${'x'.repeat(2 ** 20)}"}`].join('\n')))
  t.match(message, /line 2: it is longer than 1048576 characters/)
})

const unusable: readonly { name: string; content: string | Buffer; says: RegExp }[] = [
  { name: 'an empty file', content: '', says: /no request in 0 lines/ },
  { name: 'a file of empty lines', content: '\n\n\n', says: /no request in 0 lines/ },
  { name: 'a file with a header only', content: `${header}\n`, says: /no request in 1 lines/ },
  {
    name: 'gzip',
    content: gzipSync(line(0)),
    says: /gzip-compressed, expected plain text: unpack it with "gunzip --keep /,
  },
  { name: 'another CSV', content: 'a,b\n1,2\n', says: /line 1: got "a,b", expected Mooncake JSONL .* or Azure CSV/ },
  { name: 'bytes', content: Buffer.from([0, 255, 254, 1, 2, 200]), says: /line 1: got / },
  { name: 'a long file of no known format', content: 'x\n'.repeat(5000), says: /line 1: got "x"/ },
]

for (const { name, content, says } of unusable) {
  t.test(`readTrace() refuses ${name}, lenient or not, and says why`, async (t) => {
    const path = fileOf(t, content)
    t.match((await faultOf(path)).message, says)
    t.match((await faultOf(path, lenient)).message, says)
  })
}

t.test('readTrace() refuses a file of which no line is left', async (t) => {
  t.match(await faultOf(fileOf(t, '{\n{\n'), lenient), { code: 'TRACE_EMPTY', message: /no request in 2 lines/ })
})

t.test('readTrace() refuses a missing file and a directory as wrong usage', async (t) => {
  const missing = await faultOf(join(t.testdir({}), 'absent.jsonl'))
  t.ok(missing instanceof ConfigError)
  t.match(missing.message, /^TRACE: got .*absent\.jsonl \(ENOENT\), expected a readable file/)
  const directory = await faultOf(t.testdir({}))
  t.ok(directory instanceof ConfigError)
  t.match(directory.message, /a directory, expected a trace file/)
})

const mooncake = repositoryPath('../shared/traces/conversation_trace.jsonl')
const mooncakeAbsent =
  !existsSync(mooncake) && `${mooncake} is not here; published as kvcache-ai/Mooncake FAST25-release/traces`

t.test('readTrace() reads the Mooncake conversation trace', { skip: mooncakeAbsent }, async (t) => {
  const trace = await readTrace(mooncake, strict)
  t.equal(trace.requests.length, 12_031)
  const prompts = trace.requests.reduce((sum, { promptTokens }) => sum + promptTokens, 0)
  t.equal(Math.round(prompts / trace.requests.length), 12_035)
  const keys = blockKeys(trace, 512)
  const distinct = keys.reduce((most, ofRequest) => ofRequest.reduce((max, key) => Math.max(max, key), most), -1) + 1
  const described = new Set(
    trace.requests.flatMap(({ content }) => content.filter(({ tokens }) => tokens === 512).map(({ id }) => id)),
  )
  t.equal(distinct, described.size)
})

const azure = repositoryPath('../shared/traces/azure_conv.csv')
const azureAbsent =
  !existsSync(azure) && `${azure} is not here; published as Azure/AzurePublicDataset AzureLLMInferenceTrace_conv.csv`

t.test('readTrace() reads the Azure conversation trace', { skip: azureAbsent }, async (t) => {
  const { requests } = await readTrace(azure, strict)
  t.equal(requests.length, 19_366)
  t.equal(Math.round((requests.at(-1)?.atMs ?? 0) / 1000), 3502)
})
