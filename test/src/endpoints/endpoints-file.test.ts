import fc from 'fast-check'
import t from 'tap'
import { stringify } from 'yaml'
import { formatProblem } from '../../../src/errors.ts'
import { parseEndpointsFile } from '../../../src/endpoints/endpoints-file.ts'

/** Problems as a user reads them. */
const problemsOf = (text: string): readonly string[] => {
  const file = parseEndpointsFile('e.yaml', text)
  return file.ok ? [] : file.problems.map(formatProblem)
}

const example = {
  pools: [
    {
      name: 'local',
      model: 'Qwen/Qwen3-32B',
      endpoints: [
        { name: 'replica-0', url: 'http://127.0.0.1:8100', kvEvents: 'tcp://127.0.0.1:5557', labels: { zone: 'a' } },
        { name: 'replica-1', url: 'http://127.0.0.1:8101/' },
      ],
    },
    { name: 'small', model: 'm', endpoints: [{ name: 'ns/pod-7', url: 'https://small.example' }] },
  ],
}
const exampleEndpoints = [
  {
    name: 'replica-0',
    url: 'http://127.0.0.1:8100',
    labels: { zone: 'a' },
    kvEvents: 'tcp://127.0.0.1:5557',
    pool: 'local',
    model: 'Qwen/Qwen3-32B',
  },
  { name: 'replica-1', url: 'http://127.0.0.1:8101', labels: {}, pool: 'local', model: 'Qwen/Qwen3-32B' },
  { name: 'ns/pod-7', url: 'https://small.example', labels: {}, pool: 'small', model: 'm' },
]

for (const [form, text] of [
  ['YAML', stringify(example)],
  ['JSON', JSON.stringify(example)],
  ['JSON indented by tabs', JSON.stringify(example, undefined, '\t')],
] as const) {
  t.test(`parseEndpointsFile() reads pools and endpoints from ${form}`, (t) => {
    t.strictSame(parseEndpointsFile('e.yaml', text), { ok: true, endpoints: exampleEndpoints })
    t.end()
  })
}

for (const text of ['pools: []', 'pools: [{name: p, model: m, endpoints: []}]']) {
  t.test(`parseEndpointsFile() allows an empty list: ${text}`, (t) => {
    t.strictSame(parseEndpointsFile('e.yaml', text), { ok: true, endpoints: [] })
    t.end()
  })
}

/** One pool with these endpoints, as YAML flow. */
const pool = (...endpoints: string[]) => `pools: [{name: p, model: m, endpoints: [${endpoints.join(', ')}]}]`

const first = 'e.yaml:pools[0].endpoints[0]'
const second = 'e.yaml:pools[0].endpoints[1]'
const nameRule = 'a name of letters, digits and . _ : / -, at most 253 of them'

const mistakes: readonly [string, string, readonly string[]][] = [
  ['nothing at all', '', ['e.yaml: got null, expected a mapping with pools']],
  ['no pools', '{}', ['e.yaml:pools: got nothing, expected a list, which may be empty: []']],
  ['pools without a value', 'pools:', ['e.yaml:pools: got null, expected a list, which may be empty: []']],
  ['a number at the top', '7', ['e.yaml: got 7, expected a mapping with pools']],
  [
    'an unknown key',
    'pools: []\npool: []',
    ['e.yaml:pool: got an unknown key, expected one of pools (did you mean pools?)'],
  ],
  [
    'a pool without anything',
    'pools: [{}]',
    [
      `e.yaml:pools[0].name: got nothing, expected ${nameRule}`,
      'e.yaml:pools[0].model: got nothing, expected the model name that requests ask for',
      'e.yaml:pools[0].endpoints: got nothing, expected a list, which may be empty: []',
    ],
  ],
  [
    'an endpoint that is only a URL',
    pool('http://a'),
    ['e.yaml:pools[0].endpoints[0]: got "http://a", expected a mapping with name, url, kvEvents, labels'],
  ],
  [
    'a name that cannot be a header value',
    pool('{name: "a\\nb", url: "http://a"}'),
    [`${first}.name: got "a\\nb", expected ${nameRule}`],
  ],
  [
    'a URL of another protocol',
    pool('{name: a, url: "ftp://a"}'),
    [`${first}.url: got "ftp://a", expected an http or https address without path, such as "http://10.0.3.7:8000"`],
  ],
  [
    'KV events where the engine listens on every address',
    pool('{name: a, url: "http://a", kvEvents: "tcp://*:5557"}'),
    [`${first}.kvEvents: got "tcp://*:5557", expected a ZMQ address to connect to, such as "tcp://10.0.3.7:5557"`],
  ],
  [
    'a label that is a number',
    pool('{name: a, url: "http://a", labels: {rank: 0}}'),
    ['e.yaml:pools[0].endpoints[0].labels.rank: got 0, expected a text (numbers in quotes)'],
  ],
  [
    'a name twice in the file',
    pool('{name: a, url: "http://a"}', '{name: a, url: "http://b"}'),
    [`${second}.name: got "a", expected one that is not used before, as ${first}.name does`],
  ],
  [
    'a URL twice in the file, spelled differently',
    pool('{name: a, url: "http://h"}', '{name: b, url: "http://H:80/"}'),
    [`${second}.url: got "http://H:80/", expected one that is not used before, as ${first}.url does`],
  ],
  [
    'a pool twice',
    'pools: [{name: p, model: m, endpoints: []}, {name: p, model: n, endpoints: []}]',
    ['e.yaml:pools[1].name: got "p", expected one that is not used before, as e.yaml:pools[0].name does'],
  ],
]

for (const [what, text, problems] of mistakes) {
  t.test(`parseEndpointsFile() refuses ${what}, with path, value and what was expected`, (t) => {
    t.strictSame(problemsOf(text), problems)
    t.end()
  })
}

t.test('parseEndpointsFile() names the line of broken YAML', (t) => {
  t.match(problemsOf('pools:\n  - name: p\n    name: q\n'), [/^e\.yaml:3: got broken YAML, expected YAML 1\.2 \(/])
  t.equal(problemsOf('neither: [').length, 1, 'what is left of a broken text is not judged')
  t.end()
})

t.test('parseEndpointsFile() refuses aliases that multiply or lead nowhere', (t) => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
  t.match(problemsOf(['l0: &l0 [a]', ...levels].join('\n')), [/aliases that resolve/])
  t.match(problemsOf('pools: *nowhere'), [/aliases that resolve/])
  t.end()
})

t.test('parseEndpointsFile() names five mistakes in one go', (t) => {
  const text = pool('{url: "http://a"}', '{name: b, url: 7, kvEvent: x}', '{name: b, url: "http://c", labels: []}')
  t.equal(problemsOf(text).length, 5)
  t.end()
})

t.test('parseEndpointsFile() gives endpoints or problems for any text, and never throws', (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => stringify({ pools: [value] })),
  )
  fc.assert(
    fc.property(text, (any) => {
      const file = parseEndpointsFile('e.yaml', any)
      return file.ok || file.problems.length > 0
    }),
    { numRuns: 500 },
  )
  t.end()
})
