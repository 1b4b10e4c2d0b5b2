import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { appendFlag, type FlagEdit, type FlagToAppend } from '../../../src/vllm/append-flag.ts'
import { type ContainerCommand, findCommand } from '../../../src/vllm/find-command.ts'
import { spellings } from '../../../src/vllm/flags.ts'

const container = (given: Partial<ContainerCommand>): ContainerCommand => ({
  image: 'vllm/vllm-openai',
  command: [],
  args: [],
  env: [],
  ...given,
})

const words = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '')

function append(given: ContainerCommand, addition: FlagToAppend): FlagEdit {
  const found = findCommand(given)
  return found.kind === 'server' ? appendFlag(given, found, addition) : { kind: 'left', why: found.kind }
}

const details: FlagToAppend = { flag: '--enable-prompt-tokens-details', value: 'toggle' }
const drain: FlagToAppend = { flag: '--shutdown-timeout', value: { text: '30' } }
const events: FlagToAppend = {
  flag: '--kv-events-config',
  value: { json: { enable_kv_cache_events: true, publisher: 'zmq' } },
}
const whole = '{"enable_kv_cache_events":true,"publisher":"zmq"}'

const edits: readonly (readonly [
  what: string,
  args: string,
  addition: FlagToAppend,
  kind: FlagEdit['kind'],
  args: string,
])[] = [
  ['appends a flag without a value', 'm --port 1', details, 'appended', 'm --port 1 --enable-prompt-tokens-details'],
  ['appends a flag with its value', 'm', drain, 'appended', 'm --shutdown-timeout 30'],
  ['appends a JSON value', 'm', events, 'appended', `m --kv-events-config ${whole}`],
  ['appends to nothing', '', drain, 'appended', '--shutdown-timeout 30'],
  [
    'appends behind a list',
    'm --served-model-name a b',
    drain,
    'appended',
    'm --served-model-name a b --shutdown-timeout 30',
  ],
  ['appends behind flags that it does not know', 'm --new x', drain, 'appended', 'm --new x --shutdown-timeout 30'],
  ['leaves a flag that is there', 'm --shutdown-timeout 5', drain, 'present', ''],
  ['leaves a flag that is there in another spelling', 'm --shutdown_time=5', drain, 'present', ''],
  ['leaves a flag that is turned off', 'm --no-enable-prompt-tokens-details', details, 'present', ''],
  ['leaves a value that comes from elsewhere', 'm --shutdown-timeout $(SECRET)', drain, 'present', ''],
  ['leaves a JSON value that has all', `m --kv-events-config ${whole}`, events, 'present', ''],
  ['leaves a JSON value that is None', 'm --kv-events-config None', events, 'present', ''],
  [
    'adds the missing keys to a JSON value in its place',
    'm --kv-events-config {"publisher":"null","topic":"a"} --port 1',
    events,
    'merged',
    'm --kv-events-config {"publisher":"null","topic":"a","enable_kv_cache_events":true} --port 1',
  ],
  [
    'adds the missing keys behind an equals sign',
    'm --kv_events_config={"topic":"a=b"}',
    events,
    'merged',
    'm --kv_events_config={"topic":"a=b","enable_kv_cache_events":true,"publisher":"zmq"}',
  ],
  [
    'adds the missing keys to the last of several values',
    'm --kv-events-config {"topic":"a"} --kv-events-config {"topic":"b"}',
    events,
    'merged',
    'm --kv-events-config {"topic":"a"} --kv-events-config {"topic":"b","enable_kv_cache_events":true,"publisher":"zmq"}',
  ],
  [
    'keeps references in a JSON value that it adds to',
    'm --kv-events-config {"topic":"$(SECRET)","endpoint":"$$(X)"}',
    events,
    'merged',
    'm --kv-events-config {"topic":"$(SECRET)","endpoint":"$$(X)","enable_kv_cache_events":true,"publisher":"zmq"}',
  ],
  [
    'adds dotted keys to dotted keys',
    'm --kv-events-config.publisher zmq --port 1',
    events,
    'merged',
    'm --kv-events-config.publisher zmq --port 1 --kv-events-config.enable_kv_cache_events=true',
  ],
  [
    'escapes what the kubelet would take for a reference',
    'm',
    { flag: '--kv-events-config', value: { json: { topic: '$(A)$' } } },
    'appended',
    'm --kv-events-config {"topic":"$$(A)$$"}',
  ],
  [
    'joins a value with a dash in front to its flag',
    'm',
    { flag: '--revision', value: { text: '-x' } },
    'appended',
    'm --revision=-x',
  ],
]

for (const [what, args, addition, kind, expected] of edits) {
  t.test(`appendFlag() ${what}`, async (t) => {
    const edit = append(container({ args: words(args) }), addition)
    t.equal(edit.kind, kind)
    if (edit.kind !== 'appended' && edit.kind !== 'merged') return
    t.equal(edit.args.join(' '), expected)
    t.strictSame(edit.command, [])
  })
}

t.test('appendFlag() adds to the command where there are no args', async (t) => {
  const edit = append(container({ command: words('vllm serve m') }), drain)
  t.strictSame(edit, { kind: 'appended', command: words('vllm serve m --shutdown-timeout 30'), args: [] })
})

t.test('appendFlag() merges in the list that has the value', async (t) => {
  const given = container({ command: words('vllm serve m --kv-events-config {}'), args: ['--port', '1'] })
  const edit = append(given, events)
  t.strictSame(edit, {
    kind: 'merged',
    command: words(`vllm serve m --kv-events-config ${whole}`),
    args: ['--port', '1'],
  })
})

const script = (line: string): Partial<ContainerCommand> => ({ command: ['sh', '-c', line] })

const left: readonly (readonly [
  what: string,
  given: Partial<ContainerCommand>,
  addition: FlagToAppend,
  why: string,
])[] = [
  ['a shell script', script('vllm serve m'), drain, '--shutdown-timeout: its command line is in a shell script'],
  [
    'JSON in a shell script',
    script("vllm serve m --kv-events-config '{}'"),
    events,
    '--kv-events-config: its command line is in a shell script',
  ],
  [
    'what a configuration file may say',
    { args: words('m --config a.yaml') },
    drain,
    '--shutdown-timeout: --config a.yaml may set it',
  ],
  ['words behind a separator', { args: words('m --') }, drain, '--shutdown-timeout: words behind "--" are no flags'],
  [
    'a flag that wants a value',
    { args: words('m --kv-events-config.topic') },
    drain,
    '--shutdown-timeout: the last word "--kv-events-config.topic" has no value',
  ],
  [
    'a model that is not named',
    { args: words('--model') },
    drain,
    '--shutdown-timeout: behind "--model" it would be read as something else',
  ],
  [
    'JSON from elsewhere',
    { args: words('m --kv-events-config $(SECRET)') },
    events,
    '--kv-events-config: its value is no JSON object',
  ],
  [
    'a key that dots cannot say',
    { args: words('m --kv-events-config.topic a') },
    { flag: '--kv-events-config', value: { json: { 'a.b': 1 } } },
    '--kv-events-config: a key of ours cannot be written with dots',
  ],
]

for (const [what, given, addition, why] of left) {
  t.test(`appendFlag() leaves alone ${what}`, async (t) => {
    t.strictSame(append(container(given), addition), { kind: 'left', why })
  })
}

t.test('appendFlag() sees in a shell script what is there already', async (t) => {
  t.strictSame(append(container(script('vllm serve m --shutdown-timeout 5')), drain), { kind: 'present' })
  t.strictSame(append(container(script(`vllm serve m --kv-events-config '${whole}'`)), events), { kind: 'present' })
})

const plain = fc.stringMatching(/^[a-z0-9:/.-]{0,8}$/)
const flagWord = fc.oneof(
  fc.constantFrom(...spellings.keys()),
  fc.constantFrom('--new', '--config', '--', '-O', '$(X)'),
)
const userWord = fc.oneof(
  flagWord,
  plain,
  fc.tuple(flagWord, plain).map(([flag, text]) => `${flag}=${text}`),
  fc.constantFrom(
    '--kv-events-config',
    '--kv-events-config={"publisher":"a"}',
    '--kv-events-config.topic',
    '{"a":{"b":1}}',
    '{}',
  ),
)
const userArgs = fc.array(userWord, { maxLength: 6 })
const json = fc.dictionary(
  fc.stringMatching(/^[a-z$]{1,4}$/),
  fc.oneof(fc.integer(), fc.string(), fc.constant({ b: '$(X)' })),
  {
    maxKeys: 3,
    noNullPrototype: true,
  },
)
const anyAddition = fc.oneof(
  fc.constantFrom(details, drain),
  json.map((value): FlagToAppend => ({ flag: '--kv-events-config', value: { json: value } })),
  fc.string().map((text): FlagToAppend => ({ flag: '--revision', value: { text } })),
)

t.test('appendFlag() done twice is done once', async () => {
  fc.assert(
    fc.property(userArgs, anyAddition, (args, addition) => {
      const before = container({ args })
      const edit = append(before, addition)
      if (edit.kind !== 'appended' && edit.kind !== 'merged') return
      const again = append({ ...before, command: edit.command, args: edit.args }, addition)
      assert.equal(again.kind, 'present', JSON.stringify({ args, edit, again }))
    }),
    { numRuns: 1000 },
  )
})

t.test('appendFlag() appends what the parser then reads, and nothing else changes', async () => {
  fc.assert(
    fc.property(userArgs, fc.string(), (args, text) => {
      const before = container({ args })
      const edit = append(before, { flag: '--revision', value: { text } })
      if (edit.kind !== 'appended') return
      const [old, now] = [findCommand(before), findCommand({ ...before, args: edit.args })]
      assert.ok(old.kind === 'server' && now.kind === 'server')
      const { revision, ...others } = now.line.settings
      const isNone = text === '' || text === 'None'
      assert.deepEqual(revision, { kind: 'given', value: isNone ? undefined : text })
      assert.deepEqual({ ...others, revision: old.line.settings.revision }, { ...old.line.settings })
      assert.deepEqual(now.line.model, old.line.model)
    }),
    { numRuns: 1000 },
  )
})
