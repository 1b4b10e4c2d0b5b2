import t from 'tap'
import { checkTraceChoice, chooseTrace } from '../../../../src/cli/replay/choose-trace.ts'
import type { TraceChoice } from '../../../../src/cli/replay/choose-trace.ts'

const none: TraceChoice = {
  path: undefined,
  workload: undefined,
  rate: undefined,
  limit: undefined,
  seed: 1,
  skipBadLines: false,
}

const wrong: readonly [string, TraceChoice, RegExp][] = [
  ['nothing to replay', none, /^TRACE: got nothing, expected a trace file, or --workload$/],
  ['a file and a workload', { ...none, path: 'a.jsonl', workload: 'w0' }, /^--workload: got w0 beside a\.jsonl/],
  ['a rate for a file', { ...none, path: 'a.jsonl', rate: 3 }, /^--rate: got 3, .*--speed/],
  ['broken lines of a workload', { ...none, workload: 'w0', skipBadLines: true }, /^--skip-bad-lines/],
  [
    'two at once, and names both',
    { ...none, rate: 3, skipBadLines: true, path: undefined },
    /^TRACE[^\n]*\n--rate[^\n]*\n--skip-bad-lines/,
  ],
]

for (const [name, choice, says] of wrong) {
  t.test(`checkTraceChoice() refuses ${name}`, (t) => {
    t.throws(() => checkTraceChoice(choice), { code: 'CONFIG_INVALID', message: says })
    t.end()
  })
}

t.test('checkTraceChoice() accepts a file, and a workload with a rate', (t) => {
  checkTraceChoice({ ...none, path: 'a.jsonl', skipBadLines: true })
  checkTraceChoice({ ...none, workload: 'w0', rate: 3 })
  t.end()
})

t.test('chooseTrace() gives a workload its own rate and length unless told otherwise', async (t) => {
  const own = await chooseTrace({ ...none, workload: 'hot-prefix' })
  t.equal(own.name, 'hot-prefix')
  t.equal(own.requests.length, 3000)
  const told = await chooseTrace({ ...none, workload: 'hot-prefix', rate: 4, limit: 300 })
  t.equal(told.requests.length, 300)
  t.ok((told.requests.at(-1)?.atMs ?? 0) > 55_000)
})
