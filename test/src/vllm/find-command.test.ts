import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type ContainerCommand, findCommand, type FoundServer } from '../../../src/vllm/find-command.ts'
import { showWord } from '../../../src/vllm/unresolved.ts'

const container = (given: Partial<ContainerCommand>): ContainerCommand => ({
  image: 'registry.local/team/llm:1',
  command: [],
  args: [],
  env: [],
  ...given,
})

const words = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '')

function server(given: Partial<ContainerCommand>): FoundServer {
  const found = findCommand(container(given))
  assert.equal(found.kind, 'server', JSON.stringify(found))
  if (found.kind !== 'server') throw new Error('no server')
  return found
}

const argvOf = (given: Partial<ContainerCommand>) => server(given).argv.map(showWord).join(' ')

const direct: readonly (readonly [
  what: string,
  command: string,
  args: string,
  argv: string,
  list: 'args' | 'command',
])[] = [
  ['vllm serve in the command', 'vllm serve m --port 1', '', 'm --port 1', 'command'],
  ['vllm serve in the args', '', 'vllm serve m', 'm', 'args'],
  ['vllm serve with flags in the args', 'vllm serve', 'm -tp 2', 'm -tp 2', 'args'],
  ['vllm with its subcommand in the args', 'vllm', 'serve m', 'm', 'args'],
  ['a full path', '/opt/venv/bin/vllm serve m', '', 'm', 'command'],
  ['the Rust front end', '/usr/bin/vllm-rs serve m', '', 'm', 'command'],
  ['the module of Python', 'python3 -m vllm.entrypoints.openai.api_server --model m', '', '--model m', 'command'],
  [
    'the module of another Python',
    '/usr/bin/python3.12 -u -m vllm.entrypoints.openai.api_server',
    '--model m',
    '--model m',
    'args',
  ],
  ['the module of the command line', 'python -m vllm.entrypoints.cli.main serve m', '', 'm', 'command'],
  ['a script run by Python', 'python3 /usr/local/bin/vllm serve m', '', 'm', 'command'],
  ['numactl before it', 'numactl --cpunodebind=0 --membind=0 vllm serve m', '', 'm', 'command'],
  ['nice before it', 'nice -n 10 vllm serve m', '', 'm', 'command'],
  ['uv run before it', 'uv run --no-sync vllm serve', 'm', 'm', 'args'],
  ['env before it', 'env VLLM_USE_V1=1 vllm serve m', '', 'm', 'command'],
  ['tini before it', '/usr/bin/tini -- vllm serve m', '', 'm', 'command'],
  ['dumb-init before it', 'dumb-init', 'vllm serve m', 'm', 'args'],
  ['a profiler before it', 'nsys profile -o out --trace=cuda vllm serve m', '', 'm', 'command'],
  ['an entry script that runs it', '/entrypoint.sh', 'vllm serve m', 'm', 'args'],
]

for (const [what, command, args, argv, list] of direct) {
  t.test(`findCommand() finds ${what}`, async (t) => {
    const found = server({ command: words(command), args: words(args) })
    t.equal(found.argv.join(' '), argv)
    t.strictSame(found.editable, { list })
    t.equal(found.headless, false)
  })
}

const images: readonly (readonly [what: string, image: string, isServer: boolean])[] = [
  ['the image of vLLM', 'vllm/vllm-openai:v0.32.0', true],
  ['its mirror with a digest', 'mirror.local:5000/hub/vllm-openai:v0.32.0@sha256:abc', true],
  ['its mirror without a tag', 'mirror.local:5000/vllm-openai', true],
  ['the image for CPUs', 'public.ecr.aws/q9t5s3a7/vllm-cpu-release-repo:v0.32.0', true],
  ['an image that only has vLLM in its name', 'vllm/vllm-openai-tools', false],
  ['any other image', 'nginx', false],
]

for (const [what, image, isServer] of images) {
  t.test(
    `findCommand() takes args alone for ${isServer ? 'the words of a server' : 'nothing'} with ${what}`,
    async (t) => {
      const found = findCommand(container({ image, args: ['m', '--port', '1'] }))
      t.equal(found.kind, isServer ? 'server' : 'none')
      if (found.kind === 'server')
        t.same([found.where, found.argv, found.editable], ['image', ['m', '--port', '1'], { list: 'args' }])
    },
  )
}

t.test('findCommand() takes a command of its own for more than the image', async (t) => {
  t.strictSame(findCommand(container({ image: 'vllm/vllm-openai', command: ['sleep', '1'] })), { kind: 'none' })
})

const scripts: readonly (readonly [what: string, script: string, argv: string])[] = [
  ['a plain one', 'vllm serve m --port 1', 'm --port 1'],
  ['exec', 'exec vllm serve m', 'm'],
  ['a command before it', 'pip install foo && vllm serve m; sleep 1', 'm'],
  ['ray started before it', 'ray start --head --port=6379 && vllm serve m -tp 8', 'm -tp 8'],
  ['continued lines', 'vllm serve m \\\n  --port 1 \\\n  -tp 2', 'm --port 1 -tp 2'],
  ['single quotes', `vllm serve m --kv-events-config '{"topic": "a b"}'`, 'm --kv-events-config {"topic": "a b"}'],
  [
    'double quotes',
    `vllm serve "a model" --kv-events-config "{\\"topic\\": \\"a\\"}"`,
    'a model --kv-events-config {"topic": "a"}',
  ],
  ['quotes inside a word', `vllm serve m --host='0.0.0.0'" "x`, 'm --host=0.0.0.0 x'],
  ['escaped blanks', 'vllm serve a\\ model', 'a model'],
  ['an assignment for the command', 'CUDA_VISIBLE_DEVICES=0,1 vllm serve m', 'm'],
  ['output sent elsewhere', 'vllm serve m --port 1 > /log 2>&1 | tee /log2', 'm --port 1'],
  ['a server in the background', 'vllm serve m & wait', 'm'],
  ['a second try', 'vllm serve m || sleep 1', 'm'],
  ['a comment', '# vllm serve n\nvllm serve m # --port 1', 'm'],
  ['words that only name a server', 'echo vllm serve n; which vllm serve; vllm serve m', 'm'],
  ['a here-document before it', 'cat <<EOF > /run.sh\nvllm serve n\nEOF\nvllm serve m', 'm'],
  ['a loop around it', 'while true; do vllm serve m; sleep 1; done', 'm'],
  ['a branch around it', 'if [ -f /x ]; then vllm serve m; fi', 'm'],
  ['brackets around it', '(cd /srv && vllm serve m)', 'm'],
  ['a variable set before', 'TP=4\nexport MODEL="a b"\nvllm serve "$MODEL" -tp ${TP}', 'a b -tp 4'],
  ['a variable split into words', 'FLAGS="--port 1 -tp 2"; vllm serve m $FLAGS', 'm --port 1 -tp 2'],
  ['a variable added to', 'FLAGS="-tp 2"; FLAGS+=" --port 1"; vllm serve m $FLAGS', 'm -tp 2 --port 1'],
  ['a variable set in a branch', 'TP=1; if [ -n "$X" ]; then TP=4; fi; vllm serve m -tp $TP', 'm -tp $TP'],
  ['a variable that is not set', 'vllm serve m -tp $TP', 'm -tp $TP'],
  [
    'the output of a command',
    'vllm serve m -tp $(nvidia-smi -L | wc -l) --host `hostname`',
    'm -tp $(nvidia-smi -L | wc -l) --host `hostname`',
  ],
  ['a variable with a fallback', 'vllm serve m -tp ${TP:-8}', 'm -tp ${TP:-8}'],
  ['a translated text', 'vllm serve m --host $"a"', 'm --host $a'],
  ['arithmetic', 'vllm serve m -tp $((2 * 4))', 'm -tp $((2 * 4))'],
  ['another shell inside', `bash -lc "exec vllm serve 'a b'"`, 'a b'],
]

for (const [what, script, argv] of scripts) {
  t.test(`findCommand() reads a shell script with ${what}`, async (t) => {
    for (const [command, args] of [
      [['/bin/bash', '-lc'], [script]],
      [['sh', '-c', script], []],
      [['tini', '--', 'bash', '-o', 'pipefail', '-c'], [script]],
    ] as const) {
      const found = server({ command, args })
      t.equal(found.argv.map(showWord).join(' '), argv)
      t.strictSame(found.editable, { list: undefined, why: 'its command line is in a shell script' })
      t.equal(found.where, 'shell')
    }
  })
}

t.test('findCommand() gives a script its words behind -c', async (t) => {
  const passed = { command: ['sh', '-c', 'exec vllm serve "$@"', '--'], args: ['m', '--host', 'a b'] }
  t.strictSame(server(passed).argv, ['m', '--host', 'a b'])
  t.strictSame(server({ ...passed, args: ['m'], command: ['sh', '-c', 'vllm serve $1', '--'] }).argv, ['m'])
})

const others: readonly (readonly [what: string, command: string, kind: 'other' | 'none'])[] = [
  ['a benchmark', 'vllm bench serve --model m', 'other'],
  ['a batch run', 'vllm run-batch -i x -o y', 'other'],
  ['a batch run as a module', 'python -m vllm.entrypoints.openai.run_batch', 'other'],
  ['a gRPC server as a module', 'python -m vllm.entrypoints.grpc_server --model m', 'other'],
  ['a report of the environment', 'vllm collect-env', 'other'],
  ['a chat', 'vllm chat', 'other'],
  ['the version', 'vllm --version', 'none'],
  ['a word about it', 'echo vllm serve m', 'none'],
  ['another program with serve', 'ollama serve', 'none'],
  ['a shell script in a file', 'bash /run.sh -c vllm', 'none'],
  ['nothing', '', 'none'],
]

for (const [what, command, kind] of others) {
  t.test(`findCommand() takes ${what} for no server`, async (t) => {
    t.equal(findCommand(container({ command: words(command) })).kind, kind)
  })
}

t.test('findCommand() tells a server without HTTP', async (t) => {
  t.equal(server({ command: words('vllm serve m --headless --data-parallel-size 4') }).headless, true)
})

const env = [
  { name: 'MODEL', value: 'a b' },
  { name: 'SECRET' },
  { name: 'PORT', value: '80$(DIGITS)' },
  { name: 'BOTH', value: '$(MODEL)/$(SECRET)' },
]

const references: readonly (readonly [what: string, word: string, read: string, isKnown: boolean])[] = [
  ['with a literal value', '$(MODEL)', 'a b', true],
  ['inside a word', 'x/$(MODEL)/y', 'x/a b/y', true],
  ['that is escaped', '$$(MODEL)', '$(MODEL)', true],
  ['behind an escaped dollar', '$$$(MODEL)', '$a b', true],
  ['from elsewhere', '$(SECRET)', '$(SECRET)', false],
  ['that no one declares', '$(NAME)', '$(NAME)', false],
  ['with a value that has one from elsewhere', '$(BOTH)', 'a b/$(SECRET)', false],
  ['without its end', '$(MODEL', '$(MODEL', true],
  ['of a shell', '$MODEL', '$MODEL', true],
]

for (const [what, word, read, isKnown] of references) {
  t.test(`findCommand() replaces a reference ${what} as the kubelet does`, async (t) => {
    const { line, argv } = server({ command: ['vllm', 'serve', word], env })
    t.equal(argv.map(showWord).join(), read)
    t.equal(line.model.kind, isKnown ? 'given' : 'unknown')
  })
}

t.test('findCommand() gives a script the values of the container', async (t) => {
  const script = 'vllm serve "$MODEL" --port $(PORT) --host $SECRET --uds $(SECRET)'
  t.equal(argvOf({ command: ['sh', '-c', script], env }), 'a b --port 80$(DIGITS) --host $SECRET --uds $(SECRET)')
})

const dangling: readonly (readonly [what: string, line: string, why: string])[] = [
  ['a separator', 'vllm serve m -- x', 'words behind "--" are no flags'],
  [
    'a dotted flag without a value',
    'vllm serve m --kv-events-config.topic',
    'the last word "--kv-events-config.topic" has no value',
  ],
]

for (const [what, line, why] of dangling) {
  t.test(`findCommand() has no place for more flags behind ${what}`, async (t) => {
    t.strictSame(server({ command: words(line) }).editable, { list: undefined, why })
  })
}

const anyScript = fc.array(
  fc.oneof(
    fc.constantFrom(
      'vllm',
      'serve',
      'vllm serve m',
      '&&',
      ';',
      '\n',
      '"',
      "'",
      '\\',
      '$',
      '$(',
      '${',
      ')',
      '}',
      '`',
      '#',
      '>',
    ),
    fc.constantFrom(
      '<<EOF',
      '<<-"E O"',
      '$@',
      '"$@"',
      'if',
      'fi',
      'X=1',
      'X+=$X',
      'export',
      'bash -c',
      '|',
      '&',
      '\u00a0',
      '\t',
    ),
    fc.string(),
  ),
  { maxLength: 20 },
)

t.test('findCommand() never throws', async () => {
  const word = fc.oneof(
    anyScript.map((parts) => parts.join(' ')),
    anyScript.map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 5 }),
      fc.array(word, { maxLength: 5 }),
      fc.string(),
      (command, args, value) => {
        findCommand(container({ command: ['sh', '-c', ...command], args, env: [{ name: 'X', value }] }))
        findCommand(container({ image: 'vllm-openai', command, args, env: [{ name: 'X', value }] }))
      },
    ),
    { numRuns: 1000 },
  )
})

t.test('findCommand() reads a quoted script as the words that were quoted', async () => {
  const quote = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`
  fc.assert(
    // Behind a dollar the kubelet may see a reference.
    fc.property(fc.array(fc.string().map((text) => text.replaceAll('$', ''))), (argv) => {
      const script = ['exec vllm serve', ...argv.map(quote)].join(' ')
      assert.deepEqual(server({ command: ['sh', '-c', script] }).argv, argv)
    }),
  )
})
