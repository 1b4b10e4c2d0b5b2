import { Script } from 'node:vm'
import t from 'tap'
import { reportHtml } from '../../../../../src/cli/replay/report/report-html.ts'
import type { PolicyRun } from '../../../../../src/cli/replay/result.ts'
import { summarize } from '../../../../../src/cli/replay/summary.ts'
import { createRandom } from '../../../../../src/random.ts'
import { outcome, policyRun } from '../../../../support/policy-run.ts'

const parameters = { trace: 'some.jsonl', engine: 'some-engine', replicas: 8, speed: 1, seed: 1 }

function html(
  runs: readonly PolicyRun[],
  given: { readonly trace?: string; readonly command?: string } = {},
): Promise<string> {
  const { trace = 'some.jsonl', command = 'warmpath replay some.jsonl' } = given
  const summaries = runs.map((run) => summarize(run, 8))
  return reportHtml({ parameters: { ...parameters, trace }, command, version: '1.2.3', runs, summaries })
}

/** A run as large as the real trace's, with values that repeat nowhere. */
function largeRun(
  name: string,
  { requests, replicas }: { readonly requests: number; readonly replicas: number },
): PolicyRun {
  const random = createRandom(name.length)
  const outcomes = Array.from({ length: requests }, (_, index) =>
    outcome({
      atMs: index * 300,
      replica: index % replicas,
      ttftMs: 20 + 1e4 * random(),
      e2eMs: 2e4,
      cachedTokens: random() * 100,
    }),
  )
  const replica = () => ({
    running: Math.floor(random() * 256),
    waiting: Math.floor(random() * 1000),
    kvUsedFraction: random(),
  })
  const samples = Array.from({ length: (requests * 300) / 1000 }, (_, index) => ({
    atMs: index * 1000,
    replicas: Array.from({ length: replicas }, replica),
  }))
  return policyRun(name, outcomes, { samples })
}

t.test('the report names no address on the network, and forbids itself to use any', async (t) => {
  const page = await html([policyRun('warmpath', [outcome()])])
  const addresses = [...page.matchAll(/[\w+]+:\/\/[^\s'"]*/g)].map(([address]) => address)
  t.same(new Set(addresses), new Set(['http://www.w3.org/2000/svg']))
  t.match(page, /Content-Security-Policy" content="default-src 'none'/)
  t.notMatch(page, /<(script|img|iframe)[^>]* src=|<link[^>]* href="(?!data:)|@import|url\(/)
})

t.test('the script of the report is whole: no import is left, and it parses', async (t) => {
  const page = await html([policyRun('warmpath', [outcome()])])
  const script = /<script>([^]*)<\/script>/.exec(page)?.[1] ?? ''
  t.notMatch(script, /^(import|export) /m)
  t.ok(new Script(script))
})

t.test('the report is equal for equal runs', async (t) => {
  const run = policyRun('warmpath', [outcome()])
  t.equal(await html([run]), await html([{ ...run, wallMs: 99, decisionMicros: 7 }]))
})

t.test('the report shows a name as text, whatever is in it', async (t) => {
  const nasty = `</script><script>alert(1)</script>"'&`
  const page = await html([policyRun(nasty, [outcome()])], { trace: nasty, command: nasty })
  t.notMatch(page, '<script>alert')
  t.equal(page.match(/<\/script>/g)?.length, 2)
  t.match(page, '<h1>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;</h1>')
})

t.test('the report has the summary as a table, readable without its script', async (t) => {
  const page = await html([
    policyRun('warmpath', [outcome({ ttftMs: 50 })]),
    policyRun('random', [outcome({ ttftMs: 400 })]),
  ])
  t.match(page, /<th scope="row">.*?warmpath<\/th><td class="best">50\.0 ms<\/td>/)
  t.match(page, /<th scope="row">.*?random<\/th><td>400 ms<\/td>/)
})

t.test('the report of nothing completed is still a page', async (t) => {
  t.match(await html([policyRun('warmpath', [])]), /<td>–<\/td>/)
})

for (const replicas of [8, 64]) {
  t.test(`a report of 12,000 requests, 8 policies and ${replicas} replicas is under 2 MB`, async (t) => {
    const names = ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg', 'hhhhhhhh']
    const page = await html(names.map((name) => largeRun(name, { requests: 12_000, replicas })))
    t.ok(page.length < 2_000_000, `${page.length} bytes`)
  })
}
