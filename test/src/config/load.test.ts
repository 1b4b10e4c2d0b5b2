import t from 'tap'
import { parseArguments } from '../../../src/config/arguments.ts'
import { choice, duration, flag, integer, list, port, text } from '../../../src/config/field.ts'
import { parseConfigFile } from '../../../src/config/file.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/errors.ts'

const fields = {
  port: port({ default: 8000, doc: 'Port.' }),
  pollInterval: duration({ default: 1000, min: 200, doc: 'Rhythm of polling.' }),
  policy: choice(['warmpath', 'random'], { default: 'warmpath', doc: 'Policy.' }),
  models: list(text({ default: '', doc: '' }), { default: [], doc: 'Models.' }),
  kvEvents: flag({ default: true, doc: 'Subscribe.' }),
  apiKey: text({ default: undefined, doc: 'Key for the replicas.' }),
  replicas: integer({ default: 8, min: 1, max: 64, doc: 'Replicas.' }),
}

interface Given {
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly yaml?: string
}

const load = ({ argv = [], env = {}, yaml = '' }: Given) =>
  loadConfig(fields, { flags: parseArguments(fields, argv), env, file: parseConfigFile(fields, 'site.yaml', yaml) })

function problemsOf(given: Given): readonly string[] {
  try {
    load(given)
    return []
  } catch (error) {
    return error instanceof ConfigError ? error.message.split('\n') : [String(error)]
  }
}

t.test('a flag wins over a variable, a variable over the file, the file over the default', async (t) => {
  const argv = ['--port', '1']
  const env = { WARMPATH_PORT: '2' }
  const yaml = 'port: 3'
  t.equal(load({ argv, env, yaml }).port, 1)
  t.equal(load({ env, yaml }).port, 2)
  t.equal(load({ yaml }).port, 3)
  t.equal(load({}).port, 8000)
})

t.test('five mistakes in three places are all named, each with its path, value and what was expected', async (t) => {
  const problems = problemsOf({
    argv: ['--port', '70000', '--polcy=random'],
    env: { WARMPATH_POLL_INTERVAL: '50ms' },
    yaml: 'policy: fastest\nreplica: 3\n',
  })
  t.same(problems, [
    '--polcy: got an unknown option, expected one that --help lists (did you mean --policy?)',
    'site.yaml:replica: got an unknown key, expected an option of this command in camelCase (did you mean replicas?)',
    '--port: got "70000", expected a port number (0 = any free port), at least 0 and at most 65535',
    'WARMPATH_POLL_INTERVAL: got "50ms", expected a duration such as "250ms", "4s" or "2m", at least 200ms',
    'site.yaml:policy: got "fastest", expected one of warmpath, random',
  ])
})

t.test('a bad value is named although a stronger source overrides it', async (t) => {
  t.match(problemsOf({ argv: ['--port', '1'], yaml: 'port: many' }), [/^site.yaml:port: got "many"/])
})

t.test('a flag may stand in every usual form', async (t) => {
  const table: [string[], Partial<ReturnType<typeof load>>][] = [
    [['--port=9'], { port: 9 }],
    [['--poll-interval', '2s'], { pollInterval: 2000 }],
    [['--no-kv-events'], { kvEvents: false }],
    [['--kv-events=false'], { kvEvents: false }],
    [['--no-kv-events', '--kv-events'], { kvEvents: true }],
    [['--models', 'a, b', '--models=c'], { models: ['a', 'b', 'c'] }],
    [['--port', '1', '--port', '2'], { port: 2 }],
    [['--api-key=--dashes'], { apiKey: '--dashes' }],
  ]
  for (const [argv, expected] of table) t.match(load({ argv }), expected, argv.join(' '))
})

t.test('a forgotten value, a negated option and an empty one are problems of that option', async (t) => {
  t.match(problemsOf({ argv: ['--port'] }), [/^--port: got nothing, expected a port number/])
  t.match(problemsOf({ argv: ['--api-key', '--port', '1'] }), [/^--api-key: got nothing, expected a non-empty text/])
  t.match(problemsOf({ argv: ['--no-port'] }), [/^--no-port: got a switch, expected --port with a value/])
  t.match(problemsOf({ argv: ['--port='] }), [/^--port: got "", expected a port number/])
  t.match(problemsOf({ argv: ['-p', '--__proto__=1'] }), [
    /^-p: got an unknown option/,
    /^--__proto__: got an unknown option/,
  ])
})

t.test('positional arguments are kept in order, also after --', async (t) => {
  const { positionals } = parseArguments(fields, ['a.jsonl', '--port', '1', '--', '--port'])
  t.same(positionals, ['a.jsonl', '--port'])
})

t.test('--help and -h are seen among other options', async (t) => {
  for (const argv of [['--help'], ['-h'], ['--port', '1', '--help']]) t.equal(parseArguments(fields, argv).help, true)
  t.equal(parseArguments(fields, ['--', '--help']).help, false)
})

t.test('an unknown WARMPATH_ variable is a problem unless another command has it', async (t) => {
  const env = { WARMPATH_PROT: '1', WARMPATH_ENGINE: 'x', PORT: '3' }
  const otherVariables = new Set(['WARMPATH_ENGINE'])
  t.throws(() => loadConfig(fields, { env, otherVariables }), {
    message: 'WARMPATH_PROT: got an unknown variable, expected an option of some command (did you mean WARMPATH_PORT?)',
  })
})

t.test('the variables the kubelet sets for a Service called warmpath are no configuration', async (t) => {
  const env = {
    WARMPATH_SERVICE_HOST: '10.0.0.11',
    WARMPATH_SERVICE_PORT: '8000',
    WARMPATH_SERVICE_PORT_HTTP: '8000',
    WARMPATH_PORT: 'tcp://10.0.0.11:8000',
    WARMPATH_PORT_8000_TCP: 'tcp://10.0.0.11:8000',
    WARMPATH_PORT_8000_TCP_PROTO: 'tcp',
    WARMPATH_PORT_8000_TCP_PORT: '8000',
    WARMPATH_PORT_8000_TCP_ADDR: '10.0.0.11',
    WARMPATH_ROUTER_PORT: 'tcp://10.0.0.12:8000',
  }
  t.equal(load({ env }).port, 8000)
})

t.test('a value under a secret name is never shown', async (t) => {
  const [problem = ''] = problemsOf({ yaml: 'apiKey: [hunter2]' })
  t.match(problem, /^site.yaml:apiKey: got \[redacted\]/)
  t.notMatch(problemsOf({ argv: ['--api-kee=hunter2'] }).join(), /hunter2/)
})

t.test('the file may be empty, and lists and scalars keep their YAML types', async (t) => {
  t.equal(load({ yaml: '# nothing yet\n' }).port, 8000)
  t.match(load({ yaml: 'models: [a, b]\nkvEvents: false\npollInterval: 2s' }), {
    models: ['a', 'b'],
    kvEvents: false,
    pollInterval: 2000,
  })
})

t.test('a file that is no mapping or broken YAML is named with its line', async (t) => {
  t.match(problemsOf({ yaml: '- port' }), [/^site.yaml: got no mapping, expected lines of "key: value"$/])
  t.match(problemsOf({ yaml: 'port: 1\npolicy: "random' }), [/^site.yaml:2: got broken YAML/])
  t.match(problemsOf({ yaml: 'port: 1\nport: 2' }), [
    /^site.yaml:2: got broken YAML, expected YAML 1.2 \(Map keys must be unique/,
  ])
  t.match(problemsOf({ yaml: '__proto__: 1' }), [/^site.yaml:__proto__: got an unknown key/])
})

t.test('the result is frozen, lists included', async (t) => {
  const config = load({ argv: ['--models', 'a'] })
  t.ok(Object.isFrozen(config))
  t.ok(Object.isFrozen(config.models))
})
