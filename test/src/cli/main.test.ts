import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { resultOf, runCli, startCli, type CliProcess } from '../../support/run-cli.ts'

const entry = 'test/support/cli-main.ts'
const cli = (argv: readonly string[], env?: Readonly<Record<string, string>>) => runCli(entry, argv, env)

/** Starts the command and waits for its first line of output. */
async function started(t: Test, argv: readonly string[]) {
  const child = startCli(entry, argv)
  t.teardown(() => child.kill('SIGKILL'))
  const line: unknown[] = await once(createInterface(child.stdout), 'line')
  const result = resultOf(child)
  return { child, first: String(line[0]), result }
}

/** A request whose answer has begun; `body` is how it ended. */
async function openRequest(url: string): Promise<{ readonly body: Promise<string> }> {
  const response = await fetch(`${url}/hang`)
  return { body: response.text().catch((error: unknown) => `broken: ${String(error)}`) }
}

t.test('no command, help, --help and -h print the list of commands', async (t) => {
  for (const argv of [[], ['help'], ['--help'], ['-h']]) {
    const { code, stdout, stderr } = await cli(argv)
    t.same({ code, stderr }, { code: 0, stderr: '' }, argv.join(' '))
    t.match(stdout, /Usage: warmpath <command>[^]*serve +Listen, and print the address\.\n +work +End in/)
  }
})

t.test('a command prints its own help, after its name or after "help"', async (t) => {
  for (const argv of [
    ['work', '--help'],
    ['help', 'work'],
    ['work', '--lines', 'many', '-h'],
  ]) {
    const { code, stdout } = await cli(argv)
    t.equal(code, 0)
    t.match(stdout, /^Usage: warmpath work HOW \[options\]\n\nEnd in one of several ways\./)
    t.match(stdout, /Arguments:\n +HOW +how to end/)
    t.match(stdout, /--lines <number> +Lines to print\. \[default: 1\] \[WARMPATH_LINES\]/)
    t.match(stdout, /Common options:\n +--config <value>[^]*--shutdown-timeout <duration>[^]*\[default: 20s\]/)
    t.match(stdout, /Examples:\n {2}warmpath work fine\n$/)
  }
})

t.test('--version prints the version of package.json', async (t) => {
  t.match(await cli(['--version']), { code: 0, stdout: /^warmpath \d+\.\d+\.\d+\n$/ })
})

t.test('an unknown command is wrong usage, with the near one named', async (t) => {
  const { code, stderr, stdout } = await cli(['srve'])
  t.same({ code, stdout }, { code: 2, stdout: '' })
  t.match(stderr, 'command: got "srve", expected one of serve, work (did you mean serve?)\nSee warmpath --help\n')
})

t.test('five mistakes in arguments, environment and file are all printed, and nothing starts', async (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'warmpath-')), 'bad.yaml')
  writeFileSync(file, 'port: everywhere\nlogLevl: debug\n')
  const env = { WARMPATH_SHUTDOWN_TIMEOUT: '20', WARMPATH_PROT: '1' }
  const { code, stderr, stdout } = await cli(['serve', '--config', file, '--api-kee=hunter2'], env)
  t.same({ code, stdout }, { code: 2, stdout: '' })
  t.match(stderr, /--api-kee: got an unknown option, .*did you mean --api-key/)
  t.match(stderr, /WARMPATH_SHUTDOWN_TIMEOUT: got "20", expected a duration/)
  t.match(stderr, /WARMPATH_PROT: got an unknown variable, .*did you mean WARMPATH_PORT/)
  t.match(stderr, /bad\.yaml:port: got "everywhere", expected a port number/)
  t.match(stderr, /bad\.yaml:logLevl: got an unknown key, .*did you mean logLevel/)
  t.match(stderr, /\nSee warmpath serve --help\n$/)
  t.notMatch(stderr, 'hunter2')
})

t.test('a variable of another command is no mistake', async (t) => {
  t.match(await cli(['work', 'fine'], { WARMPATH_API_KEY: 'k' }), { code: 0, stderr: '' })
})

t.test('a config file that cannot be read is named, also when a variable names it', async (t) => {
  const { code, stderr } = await cli(['work', 'fine'], { WARMPATH_CONFIG: '/nowhere.yaml' })
  t.equal(code, 2)
  t.match(stderr, /--config: got "\/nowhere.yaml", expected a readable YAML file \(ENOENT/)
})

t.test('missing and surplus arguments are wrong usage', async (t) => {
  t.match(await cli(['work']), { code: 2, stderr: /HOW: got nothing, expected how to end/ })
  t.match(await cli(['work', 'fine', 'extra']), { code: 2, stderr: /argument: got "extra", expected at most 1/ })
})

t.test('the exit code is what the command returns, after what it registered has stopped', async (t) => {
  t.match(await cli(['work', 'seven']), { code: 7, stdout: 'cleaned up\n', stderr: '' })
})

t.test('a fault while running is one line with its code, exit 1, and the stops still run', async (t) => {
  const pretty = await cli(['work', 'fault', '--log-format', 'pretty'])
  t.match(pretty, { code: 1, stdout: 'cleaned up\n' })
  t.equal(
    pretty.stderr,
    'warmpath: Cannot do "work": got a fault, expected none [TEST_FAULT] (--log-level debug shows the stack)\n',
  )
  const json = await cli(['work', 'typeerror'])
  t.equal(json.code, 1)
  t.match(JSON.parse(json.stderr), { level: 'error', command: 'work', error: { message: 'x is not a function' } })
  t.match(await cli(['work', 'typeerror', '--log-level=debug', '--log-format=pretty']), {
    stderr: /not a function\nTypeError: x is not a function\n +at /,
  })
})

t.test('a fault that nothing caught ends the process with exit 1', async (t) => {
  t.match(await cli(['work', 'crash']), { code: 1, stderr: /thrown in a timer/ })
  t.match(await cli(['work', 'reject']), { code: 1, stderr: /nobody awaits me/ })
})

t.test('a taken port is exit 1 with the option to change', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  t.match(await cli(['serve', '--port', String(port)]), { code: 1, stderr: /PORT_IN_USE.*|choose another with --port/ })
  server.close()
})

t.test('SIGTERM and SIGINT end a serving command with exit 0', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, result } = await started(t, ['serve'])
    child.kill(signal)
    const { code, stderr } = await result
    t.equal(code, 0)
    t.match(JSON.parse(stderr), { event: 'stopping', signal })
  }
})

t.test('an open request is cut off at the shutdown timeout', async (t) => {
  const { child, first, result } = await started(t, ['serve', '--shutdown-timeout', '200ms'])
  const { body } = await openRequest(first.replace('listening ', ''))
  child.kill('SIGTERM')
  t.equal((await result).code, 0)
  t.match(await body, 'broken')
})

t.test('a second SIGINT ends at once, one that follows within a keypress does not', async (t) => {
  const { child, first, result } = await started(t, ['serve', '--shutdown-timeout', '1m'])
  await openRequest(first.replace('listening ', ''))
  await interruptUntilExit(child)
  t.match(await result, { code: 1 })
})

t.test('a command that does not return after the end is ended with exit 1', async (t) => {
  const { child, result } = await started(t, ['work', 'ignore'])
  child.kill('SIGTERM')
  t.match(await result, { code: 1, stderr: /command did not return after its end/ })
})

t.test('a reader of stdout that goes away ends the command quietly', async (t) => {
  const child = startCli(entry, ['work', 'flood', '--lines', '100000'])
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.same({ code: child.exitCode, stderr }, { code: 0, stderr: '' })
})

t.test('a reader of stdout and stderr that goes away does not keep a server from its end', async (t) => {
  const child = startCli(entry, ['serve'])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  child.stderr.destroy()
  child.kill('SIGTERM')
  await once(child, 'exit')
  t.same([child.exitCode, child.signalCode], [0, null])
})

/** Signals every 100 ms, as a person who holds Ctrl-C down. */
async function interruptUntilExit(child: CliProcess): Promise<void> {
  child.kill('SIGINT')
  const timer = setInterval(() => child.kill('SIGINT'), 100)
  await once(child, 'exit')
  clearInterval(timer)
}
