import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { command } from '../../../../src/cli/commands/replay.ts'
import { createLifecycle } from '../../../../src/cli/lifecycle.ts'
import { replayFields } from '../../../../src/cli/replay/fields.ts'
import { loadConfig } from '../../../../src/config/load.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { recordLog } from '../../../support/recorded-log.ts'
import { runCli } from '../../../support/run-cli.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/traces/${name}`, import.meta.url))
const replay = (...argv: readonly string[]) => runCli('src/cli/main.ts', ['replay', ...argv])
const read = (path: string): string => readFileSync(path, 'utf8')

t.test(
  'warmpath replay prints the policies asked for side by side, in that order, and writes the summary',
  async (t) => {
    const json = join(t.testdir({}), 'out.json')
    const argv = [fixture('shared-prefix.jsonl'), '--policy', 'round-robin,warmpath', '--json', json]
    const { code, stdout, stderr } = await replay(...argv)
    t.equal(code, 0)
    t.match(stdout, /^shared-prefix\.jsonl: 300 requests over .*; 8 × qwen3-32b-tp2-h100, speed 1, seed 1\n/)
    t.match(stdout, /\npolicy .*\n─+\nround-robin .* 300 +0\nwarmpath .* 300 +0\n/)
    t.equal(stderr, '')
    const numbers = { ttftMs: { p50: Number }, prefixHitRatio: Number }
    t.match(JSON.parse(read(json)), {
      trace: 'shared-prefix.jsonl',
      engine: 'qwen3-32b-tp2-h100',
      replicas: 8,
      speed: 1,
      seed: 1,
      policies: [
        { name: 'round-robin', requests: 300, completed: 300, failed: 0, ...numbers },
        { name: 'warmpath', requests: 300, completed: 300, failed: 0, ...numbers },
      ],
    })
  },
)

t.test('warmpath replay writes the same bytes for the same seed', async (t) => {
  const folder = t.testdir({})
  const files = ['out.json', 'out.html'].map((name) => join(folder, name))
  const [json = '', html = ''] = files
  const argv = ['--workload', 'agentic', '--limit', '200', '--seed', '3', '--json', json, '--html', html]
  await replay(...argv)
  const first = files.map(read)
  await replay(...argv)
  t.ok(first.every((text, index) => text === read(files[index] ?? '')))
})

t.test('warmpath replay takes a policy asked for twice once', async (t) => {
  const { stdout } = await replay('--workload', 'hot-prefix', '--limit', '20', '--policy', 'random,random')
  t.equal(stdout.match(/^random /gm)?.length, 1)
})

t.test('warmpath replay --write-trace writes the requests and replays nothing', async (t) => {
  const path = join(t.testdir({}), 'chats.jsonl')
  const { code, stdout } = await replay(
    '--workload',
    'multi-turn',
    '--rate',
    '2',
    '--limit',
    '300',
    '--write-trace',
    path,
  )
  t.equal(code, 0)
  t.equal(stdout, `300 requests written to ${path}\n`)
  t.ok(read(path) === read(fixture('multi-turn.jsonl')))
})

t.test('warmpath replay refuses broken lines, and passes over them with --skip-bad-lines', async (t) => {
  const good = '{"timestamp":0,"input_length":100,"output_length":5,"hash_ids":[0]}'
  const path = join(t.testdir({ 'some.jsonl': `${good}\n{"timestamp":\n${good}\n` }), 'some.jsonl')
  const strict = await replay(path)
  t.equal(strict.code, 1)
  t.match(strict.stderr, /line 2: the line is/)
  t.equal(strict.stdout, '')
  const lenient = await replay(path, '--skip-bad-lines', '--policy', 'warmpath')
  t.equal(lenient.code, 0)
  t.match(lenient.stderr, /skipped broken lines/)
  t.match(lenient.stdout, /^some\.jsonl: 2 requests/)
})

const misuses: readonly [string, readonly string[], RegExp][] = [
  ['nothing to replay', [], /TRACE: got nothing, expected a trace file, or --workload/],
  ['a file that is not there', ['/absent.jsonl'], /TRACE: got \/absent\.jsonl \(ENOENT\), expected a readable file/],
  ['an unknown policy', ['--workload', 'w0', '--policy', 'best'], /--policy: .*round-robin/],
  [
    'a folder that is not there',
    ['--workload', 'w0', '--html', '/absent/out.html'],
    /\/absent\/out\.html, expected a file in a folder/,
  ],
  [
    'router blocks that engine blocks do not fill',
    ['--workload', 'w0', '--router-block-tokens', '50'],
    /--router-block-tokens: got 50, expected a multiple of 16/,
  ],
]

for (const [name, argv, says] of misuses) {
  t.test(`warmpath replay takes ${name} for wrong usage and says what was expected`, async (t) => {
    const { code, stdout, stderr } = await replay(...argv)
    t.equal(code, 2)
    t.match(stderr, says)
    t.equal(stdout, '')
  })
}

t.test('warmpath replay that is told to stop ends with a fault and writes nothing', async (t) => {
  const json = join(t.testdir({}), 'out.json')
  const clock = createManualClock()
  const { log } = recordLog()
  const lifecycle = createLifecycle({ clock, log, timeoutMs: 1000 })
  await lifecycle.stop('test')
  const flags = {
    values: new Map([
      ['workload', { raw: 'w0', path: '--workload' }],
      ['json', { raw: json, path: '--json' }],
    ]),
    problems: [],
  }
  const config = loadConfig(replayFields, { flags, env: {}, otherVariables: new Set() })
  const context = { args: [], log, stdout: new PassThrough(), stderr: new PassThrough(), lifecycle, clock }
  await t.rejects(command.run(config, context), { code: 'REPLAY_STOPPED' })
  t.notOk(existsSync(json))
})
