import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t from 'tap'
import { command } from '../../../../src/cli/commands/fleet.ts'
import { resultOf, runCli, startCli } from '../../../support/run-cli.ts'

const main = 'src/cli/main.ts'
const freePorts = ['--port', '0', '--kv-events-port', '0', '--kv-replay-port', '0']

t.test('fleet prints a line per listening address, serves, and ends on SIGTERM with 0', async (t) => {
  const child = startCli(main, ['fleet', '--replicas', '2', '--engine', 'smg-mock', '--speed', '100', ...freePorts])
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  const printed = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (lines.push(line) === 6) printed.resolve()
  })
  await printed.promise
  const zmq = (kind: string) => new RegExp(`^replica-\\d ${kind} tcp://127\\.0\\.0\\.1:\\d+$`)
  const perReplica = [/^replica-\d http:\/\/127\.0\.0\.1:\d+$/, zmq('kv-events'), zmq('kv-replay')]
  t.match(lines, [...perReplica, ...perReplica])
  const url = lines[3]?.split(' ')[1] ?? ''
  t.match(await (await fetch(`${url}/v1/models`)).json(), { data: [{ id: 'mock-model' }] })
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  t.strictSame(await exited, [0, null])
})

t.test('fleet names a taken port and the option to change', async (t) => {
  const first = startCli(main, ['fleet', '--replicas', '1', ...freePorts])
  t.teardown(() => first.kill('SIGKILL'))
  let port = ''
  for await (const line of createInterface({ input: first.stdout })) {
    port = line.split(':').at(-1) ?? ''
    break
  }
  const second = await runCli(main, ['fleet', '--replicas', '1', ...freePorts, '--port', port])
  t.equal(second.code, 1)
  t.match(second.stderr, new RegExp(`${port}.*--port`))
  first.kill('SIGTERM')
  await resultOf(first)
})

t.test('faults are read from a text or a list, and refused with what was wrong', async (t) => {
  const { parse } = command.fields.faults
  const two = [
    { replica: 1, fault: { kind: 'status', status: 503, times: 3, path: undefined } },
    { replica: undefined, fault: { kind: 'hang', times: Infinity, path: undefined } },
  ]
  t.strictSame(parse('replica=1,kind=status,times=3; kind=hang'), { ok: true, value: two })
  t.strictSame(parse([{ replica: 1, kind: 'status', times: 3 }, 'kind=hang']), { ok: true, value: two })
  t.strictSame(parse(''), { ok: true, value: [] })
  t.match(parse('kind=hang;kind=what'), { ok: false, expected: /kind: one of status, delay/ })
})

t.test('a fault for a replica the fleet does not have is a usage error', async (t) => {
  const { code, stderr } = await runCli(main, ['fleet', '--replicas', '2', '--faults', 'replica=2,kind=hang'])
  t.equal(code, 2)
  t.match(stderr, /--faults: got replica=2, expected replica from 0 to 1/)
})
