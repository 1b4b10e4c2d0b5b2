import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { defineCommand, type Command } from '../../../src/cli/command.ts'
import type { Host } from '../../../src/cli/host.ts'
import { run } from '../../../src/cli/run.ts'
import { createManualClock } from '../../support/manual-clock.ts'

/** A process in memory: `send` delivers signals, `stderr()` is what it printed so far. */
function fakeProcess(runs: Command['run']) {
  const clock = createManualClock()
  const command = defineCommand({ name: 'test', summary: 'Test.', fields: {}, run: runs })
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const listeners: ((signal: string) => void)[] = []
  const host: Host = {
    commands: [{ name: 'test', summary: 'Test.', load: () => Promise.resolve(command) }],
    env: {},
    stdout,
    stderr,
    clock,
    version: '1.2.3',
    events: { onSignal: (listener) => void listeners.push(listener), onFault: () => {}, onOutputClosed: () => {} },
  }
  return {
    clock,
    exitCode: (argv: readonly string[] = ['test']) => run(argv, host),
    send: (signal: string) => listeners.forEach((listener) => listener(signal)),
    stderr: () => String(stderr.read() ?? ''),
  }
}

const forever = () => new Promise<never>(() => {})

/** Serves until stopped, with a stop that never ends; `running` resolves once it does. */
function stuck() {
  const running = Promise.withResolvers<void>()
  const fake = fakeProcess(async (_config, { lifecycle }) => {
    lifecycle.onStop('listener', forever)
    running.resolve()
    await lifecycle.untilStopped()
    return 0
  })
  return { ...fake, running: running.promise }
}

t.test('the same Ctrl-C arriving twice, as under npm, is one request to end', async (t) => {
  const { clock, exitCode, send, running, stderr } = stuck()
  let ended = false
  const code = exitCode().finally(() => (ended = true))
  await running
  send('SIGINT')
  clock.advance(100)
  send('SIGINT')
  await setImmediate()
  t.notOk(ended)
  clock.advance(20_400)
  t.equal(await code, 1)
  t.match(stderr(), 'stop took too long')
})

t.test('a second Ctrl-C ends at once', async (t) => {
  const { clock, exitCode, send, running, stderr } = stuck()
  const code = exitCode()
  await running
  send('SIGINT')
  clock.advance(300)
  send('SIGINT')
  t.equal(await code, 1)
  t.notMatch(stderr(), 'stop took too long')
})

t.test('a command that throws before its first await is a fault like any other', async (t) => {
  const { exitCode, stderr } = fakeProcess(() => {
    throw new Error('early')
  })
  t.equal(await exitCode(), 1)
  t.match(stderr(), 'early')
})

t.test('a stop that fails makes a fine end a failed one, and keeps any other code', async (t) => {
  for (const [returned, expected] of [
    [0, 1],
    [7, 7],
  ] as const) {
    const { exitCode } = fakeProcess(async (_config, { lifecycle }) => {
      lifecycle.onStop('listener', () => Promise.reject(new Error('no')))
      return returned
    })
    t.equal(await exitCode(), expected)
  }
})

t.test('log lines follow --log-level and --log-format', async (t) => {
  const { exitCode, stderr } = fakeProcess(async (_config, { log }) => {
    log.debug('fine grained', { n: 1 })
    return 0
  })
  await exitCode(['test'])
  t.equal(stderr(), '')
  await exitCode(['test', '--log-level', 'debug', '--log-format', 'pretty'])
  t.match(stderr(), /^\d\d:\d\d:\d\d debug fine grained n=1\n$/)
})
