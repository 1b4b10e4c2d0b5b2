import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { parseCommandLine, type CommandLine, type Problem } from '../../../src/vllm/command-line.ts'
import { flagTableVersion } from '../../../src/vllm/flag-table.ts'
import { spellings } from '../../../src/vllm/flags.ts'
import type { Json } from '../../../src/vllm/json-value.ts'
import type { Setting, Settings } from '../../../src/vllm/settings.ts'
import { unresolvedMark } from '../../../src/vllm/unresolved.ts'
import { repositoryPath } from '../../support/repository.ts'
import { disagreement, recordedCommandLines } from '../../support/vllm-command-lines.ts'

const recording = readFileSync(repositoryPath(`test/fixtures/vllm/${flagTableVersion}/command-lines.json`), 'utf8')

t.test("parseCommandLine() reads each recorded command line as vLLM's own parser did", async (t) => {
  const recorded = recordedCommandLines(recording)
  t.ok(recorded.length > 500)
  for (const { form, argv, parsed } of recorded) {
    const found = disagreement(form, argv, parsed)
    if (found !== undefined) t.fail(JSON.stringify(argv), { found })
  }
})

const words = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '')

const given = (value: Json): Setting<Json> => ({ kind: 'given', value })

type Name = keyof Settings

const readable: readonly (readonly [what: string, line: string, name: Name, value: Json])[] = [
  ['a short name', 'm -tp 8', 'tensorParallelSize', 8],
  ['a value behind an equals sign', 'm --tensor-parallel-size=8', 'tensorParallelSize', 8],
  ['underscores for dashes', 'm --tensor_parallel_size 8', 'tensorParallelSize', 8],
  ['the last of several', 'm -tp 2 --tensor-parallel-size 4 -tp=8', 'tensorParallelSize', 8],
  ['a flag cut short', 'm --tensor 8', 'tensorParallelSize', 8],
  ['a second name of a flag', 'm --device-memory-utilization 0.5', 'gpuMemoryUtilization', 0.5],
  ['a flag before the model', '-pp 2 m', 'pipelineParallelSize', 2],
  ['a decimal suffix', 'm --max-model-len 32k', 'maxModelLen', 32_000],
  ['a binary suffix', 'm --max-model-len 1M', 'maxModelLen', 1_048_576],
  ['a fraction with a decimal suffix', 'm --max-num-batched-tokens 1.5k', 'maxNumBatchedTokens', 1500],
  ['-1 as the length that fits', 'm --max-model-len -1', 'maxModelLen', 'auto'],
  ['auto as the length that fits', 'm --max-model-len auto', 'maxModelLen', 'auto'],
  ['a flag without a value', 'm --headless', 'headless', true],
  ['a flag that is turned off', 'm --enforce-eager --no-enforce-eager', 'enforceEager', false],
  ['a JSON value', 'm --kv-events-config {"topic":"a"}', 'kvEventsConfig', { topic: 'a' }],
  [
    'dotted keys',
    'm --kv-events-config.topic a --kv_events_config.hwm=1k',
    'kvEventsConfig',
    { topic: 'a', hwm: 1000 },
  ],
  [
    'dotted keys inside a key',
    'm --kv-transfer-config.a.b 1 --kv-transfer-config.a.c x',
    'kvTransferConfig',
    { a: { b: 1, c: 'x' } },
  ],
  [
    'a dotted list',
    'm --kv-transfer-config.a+ x,y --kv-transfer-config.a+=z',
    'kvTransferConfig',
    { a: ['x', 'y', 'z'] },
  ],
  [
    'dotted keys instead of a JSON value before',
    'm --kv-events-config {"topic":"a"} --kv-events-config.hwm 1',
    'kvEventsConfig',
    { hwm: 1 },
  ],
  [
    'dotted keys instead of a JSON value behind',
    'm --kv-events-config.hwm 1 --kv-events-config {"topic":"a"}',
    'kvEventsConfig',
    { hwm: 1 },
  ],
  ['numbers with suffixes in a JSON value', 'm --kv-events-config {"hwm":10k}', 'kvEventsConfig', { hwm: 10_000 }],
  ['a path where JSON may stand', 'm --model-loader-extra-config /a/b', 'modelLoaderExtraConfig', '/a/b'],
]

for (const [what, line, name, value] of readable) {
  t.test(`parseCommandLine() reads ${what}`, async (t) => {
    const { settings, problems } = parseCommandLine(words(line))
    t.strictSame(settings[name], given(value))
    t.strictSame(problems, [])
  })
}

const models: readonly (readonly [what: string, line: string, form: 'serve' | 'module', model: Setting<string>])[] = [
  ['the first word', 'm --port 1', 'serve', { kind: 'given', value: 'm' }],
  ['a word behind flags', '--port 1 m', 'serve', { kind: 'given', value: 'm' }],
  ['the value of --model', '--port 1 --model m', 'serve', { kind: 'given', value: 'm' }],
  ['the first --model of serve', '--model m --model n', 'serve', { kind: 'given', value: 'm' }],
  ['the last --model of the module', '--model m --model n', 'module', { kind: 'given', value: 'n' }],
  ["vLLM's default without any", '--port 1', 'serve', { kind: 'default', value: 'Qwen/Qwen3-0.6B' }],
  ["vLLM's default where the module has a plain word", 'm', 'module', { kind: 'default', value: 'Qwen/Qwen3-0.6B' }],
  [
    'unknown behind a flag we do not know',
    '--new m',
    'serve',
    { kind: 'unknown', why: 'm may be the model or belong to --new' },
  ],
]

for (const [what, line, form, model] of models) {
  t.test(`parseCommandLine() takes for the model ${what}`, async (t) => {
    t.strictSame(parseCommandLine(words(line), form).model, model)
  })
}

const faulty: readonly (readonly [what: string, line: string, problem: Problem])[] = [
  [
    'a word for a number',
    'm -tp abc',
    { effect: 'refused', problem: '--tensor-parallel-size "abc": expected a whole number' },
  ],
  [
    'a fault that a later value does not heal',
    'm -tp abc -tp 2',
    { effect: 'refused', problem: '--tensor-parallel-size "abc": expected a whole number' },
  ],
  [
    'a fraction with a binary suffix',
    'm --max-model-len 1.5K',
    { effect: 'refused', problem: '--max-model-len "1.5K": expected a count such as 4096, 4k or 4K, or auto' },
  ],
  ['a missing value', 'm --port', { effect: 'refused', problem: '--port without a value' }],
  [
    'a value where none belongs',
    'm --headless=true',
    { effect: 'refused', problem: '--headless takes no value, found "true"' },
  ],
  ['two models', 'm n', { effect: 'refused', problem: '"n" belongs to no flag' }],
  [
    'a name that may be several flags',
    'm --data-parallel-s 2',
    {
      effect: 'refused',
      problem:
        '--data-parallel-s may be --data-parallel-size-local or --data-parallel-size or --data-parallel-start-rank or --data-parallel-supervisor-port',
    },
  ],
  [
    'broken JSON',
    'm --kv-events-config {',
    { effect: 'refused', problem: '--kv-events-config "{": expected a JSON object' },
  ],
  [
    'a dotted key without a value',
    'm --kv-events-config.topic',
    { effect: 'refused', problem: '--kv-events-config.topic without a value' },
  ],
  [
    'names without a model',
    '--served-model-name a',
    { effect: 'refused', problem: '--served-model-name without a model: the model must be the first word after serve' },
  ],
  [
    'a configuration file that vLLM overlooks',
    'm --config=a.yaml',
    { effect: 'ignored', problem: '--config=a.yaml is not read: the file must be a word of its own' },
  ],
]

for (const [what, line, problem] of faulty) {
  t.test(`parseCommandLine() reports ${what}`, async (t) => {
    t.strictSame(parseCommandLine(words(line)).problems, [problem])
  })
}

t.test('parseCommandLine() knows nothing of a wrong value but that it is wrong', async (t) => {
  const { tensorParallelSize } = parseCommandLine(['m', '-tp', 'abc']).settings
  t.strictSame(tensorParallelSize, { kind: 'unknown', why: '--tensor-parallel-size "abc": expected a whole number' })
})

t.test('parseCommandLine() keeps flags that vLLM 0.32 does not have', async (t) => {
  const { unknownFlags, problems } = parseCommandLine(words('m --new-one a b --new-two=c --port 1 --new-three'))
  t.strictSame(unknownFlags, [
    { name: '--new-one', values: ['a', 'b'] },
    { name: '--new-two', values: ['c'] },
    { name: '--new-three', values: [] },
  ])
  t.strictSame(problems, [])
})

t.test('parseCommandLine() takes nothing for a default that a --config file may set', async (t) => {
  const { settings, model, servedModelNames } = parseCommandLine(words('--config a.yaml -tp 2'))
  const hidden = { kind: 'unknown', why: '--config a.yaml may set it' }
  t.strictSame(settings.tensorParallelSize, given(2))
  t.strictSame(settings.port, hidden)
  t.strictSame(model, hidden)
  t.strictSame(servedModelNames, hidden)
})

const port = unresolvedMark('$(PORT)')

t.test('parseCommandLine() has no value where a reference is not resolved', async (t) => {
  const { settings, model } = parseCommandLine([unresolvedMark('$(MODEL)'), '--port', port, `--host=${port}`])
  t.strictSame(settings.port, { kind: 'unknown', why: '--port $(PORT): its value is not in the pod' })
  t.equal(settings.host.kind, 'unknown')
  t.strictSame(model, { kind: 'unknown', why: '$(MODEL): its value is not in the pod' })
  t.equal(settings.tensorParallelSize.kind, 'default')
})

t.test('parseCommandLine() takes nothing for a default where an unresolved word may be a flag', async (t) => {
  for (const argv of [
    ['m', '--enforce-eager', port],
    ['m', `--${port}=1`],
    ['m', '--served-model-name', 'a', port],
  ]) {
    t.strictSame(parseCommandLine(argv).settings.nnodes, { kind: 'unknown', why: parseCommandLine(argv).hidden })
  }
})

t.test('parseCommandLine() gives the model as the only name where no names are given', async (t) => {
  const names = (line: string) => parseCommandLine(words(line)).servedModelNames
  t.strictSame(names('m'), { kind: 'default', value: ['m'] })
  t.strictSame(names('m --served-model-name a b --port 1'), { kind: 'given', value: ['a', 'b'] })
})

const anyWord = fc.oneof(
  fc.constantFrom(...spellings.keys()),
  fc.constantFrom(
    '--',
    '-',
    '-O',
    '-O3',
    '--config',
    '--model',
    '--kv-events-config.a+',
    '-1.5',
    '=',
    '--=',
    '-.',
    '--.',
    port,
  ),
  fc.tuple(fc.constantFrom(...spellings.keys()), fc.string()).map(([name, value]) => `${name}=${value}`),
  fc.string(),
  fc.json(),
)
const anyForm = fc.constantFrom('serve', 'module')

t.test('parseCommandLine() never throws', async () => {
  fc.assert(
    fc.property(fc.array(anyWord, { maxLength: 12 }), anyForm, (argv, form) => {
      parseCommandLine(argv, form)
    }),
    { numRuns: 2000 },
  )
})

t.test('parseCommandLine() survives words of any depth and length', async (t) => {
  const deep = '['.repeat(100_000)
  const long = `--kv-events-config${'.a'.repeat(100_000)}`
  const { problems } = parseCommandLine(['m', '--kv-events-config', deep, long, '1', '--kv-events-config.a', deep])
  t.ok(problems.length > 0)
})

const dataEqual = (one: CommandLine, other: CommandLine) => {
  assert.deepEqual({ ...one, uses: [] }, { ...other, uses: [] })
}

t.test('parseCommandLine() reads --a_b as --a-b', async () => {
  const flags = [...spellings.keys()].filter((name) => name.startsWith('--'))
  fc.assert(
    fc.property(fc.constantFrom(...flags), fc.array(anyWord, { maxLength: 5 }), (flag, rest) => {
      dataEqual(
        parseCommandLine(['m', flag, ...rest]),
        parseCommandLine(['m', `--${flag.slice(2).replaceAll('-', '_')}`, ...rest]),
      )
    }),
  )
})

/** Text that is no number, no JSON and no flag, so that it stays what it is also behind a dot. */
const plain = fc
  .stringMatching(/^[a-zA-Z/][a-zA-Z0-9/:@-]{0,11}$/)
  .filter((text) => !/^(?:true|false|null)$/.test(text))
const key = fc.stringMatching(/^[a-z_]{1,8}$/)
const tree = fc.letrec<{ object: { [key: string]: Json }; value: Json }>((tie) => ({
  object: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 3 }, plain, fc.integer(), fc.boolean(), tie('object')),
})).object

const printed = fc.record({
  model: plain.filter((text) => text !== ''),
  tensorParallelSize: fc.nat(64),
  maxModelLen: fc.nat(1_000_000),
  gpuMemoryUtilization: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
  enforceEager: fc.boolean(),
  downloadDir: plain,
  kvEventsConfig: tree,
})

t.test('parseCommandLine() reads back what was printed, in any spelling', async () => {
  fc.assert(
    fc.property(printed, fc.boolean(), fc.infiniteStream(fc.boolean()), (values, dotted, choices) => {
      const spell = (name: string, value: string): readonly string[] => {
        const [underscores = false, equals = false] = [...choices.take(2)]
        const spelled = underscores ? `--${name.slice(2).replaceAll('-', '_')}` : name
        return equals ? [`${spelled}=${value}`] : [spelled, value]
      }
      const { settings, model, problems } = parseCommandLine([
        values.model,
        ...spell('--tensor-parallel-size', String(values.tensorParallelSize)),
        ...spell('--max-model-len', String(values.maxModelLen)),
        ...spell('--gpu-memory-utilization', String(values.gpuMemoryUtilization)),
        values.enforceEager ? '--enforce-eager' : '--no-enforce-eager',
        ...spell('--download-dir', values.downloadDir),
        ...(dotted
          ? dottedWords('--kv-events-config', values.kvEventsConfig)
          : spell('--kv-events-config', JSON.stringify(values.kvEventsConfig))),
      ])
      assert.deepEqual(problems, [])
      const { model: expected, ...others } = values
      assert.deepEqual(model, given(expected))
      for (const name of [
        'tensorParallelSize',
        'maxModelLen',
        'gpuMemoryUtilization',
        'enforceEager',
        'downloadDir',
      ] as const) {
        assert.deepEqual(settings[name], given(others[name]))
      }
      const isEmpty = dotted && JSON.stringify(values.kvEventsConfig) === '{}'
      assert.deepEqual(
        settings.kvEventsConfig,
        isEmpty ? { kind: 'default', value: undefined } : given(values.kvEventsConfig),
      )
    }),
  )
})

/** `--a.b.c 1` for each leaf, or `--a.b {}` for an empty object. */
function dottedWords(name: string, value: { readonly [key: string]: Json }): readonly string[] {
  return Object.entries(value).flatMap(([inner, item]) => [
    `${name}.${inner}`,
    typeof item === 'string' ? item : JSON.stringify(item),
  ])
}

t.test('parseCommandLine() heeds the last of a flag', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(64), { minLength: 1 }), (sizes) => {
      const argv = [
        'm',
        ...sizes.flatMap((size, index) => (index % 2 === 0 ? ['-tp', `${size}`] : [`--tensor_parallel_size=${size}`])),
      ]
      assert.deepEqual(parseCommandLine(argv).settings.tensorParallelSize, given(sizes.at(-1) ?? -1))
    }),
  )
})
