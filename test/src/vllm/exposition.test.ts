import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { parseExposition, type ParseOptions } from '../../../src/vllm/exposition.ts'

const unlimited = { maxLines: Infinity, maxCharacters: Infinity }

const parse = (text: string, options: Partial<ParseOptions> = {}) => parseExposition(text, { ...unlimited, ...options })

const readable: readonly [string, string, Record<string, string>, number][] = [
  ['a line without labels', 'up 1', {}, 1],
  ['a line with blanks and tabs everywhere', ' up \t{ a = "b" , c="d" } \t 1 ', { a: 'b', c: 'd' }, 1],
  ['a line with a trailing comma in its labels', 'up{a="b",} 1', { a: 'b' }, 1],
  ['a line with empty labels', 'up{} 1', {}, 1],
  ['a line with an escaped quote, backslash and newline', String.raw`up{a="q\"b\\n\n"} 1`, { a: 'q"b\\n\n' }, 1],
  ['a line whose backslash escapes nothing', String.raw`up{a="C:\dir"} 1`, { a: String.raw`C:\dir` }, 1],
  ['a line with braces, commas and a hash in a label', 'up{a="{b=\\"c\\"},# d"} 1', { a: '{b="c"},# d' }, 1],
  ['a line with a label beyond ASCII', 'up{a="模型 🚀"} 1', { a: '模型 🚀' }, 1],
  [
    'a line with a label named like an object member',
    'up{constructor="x",__proto__="y"} 1',
    { constructor: 'x', ['__proto__']: 'y' },
    1,
  ],
  ['an exponent', 'up 1.7886264577368872e+09', {}, 1_788_626_457.736_887_2],
  ['a number without digits after its point', 'up 12.', {}, 12],
  ['plus infinity', 'up +Inf', {}, Infinity],
  ['minus infinity', 'up -Inf', {}, -Infinity],
  ['not a number', 'up NaN', {}, Number.NaN],
  ['a timestamp in milliseconds', 'up{a="b"} 1 1395066363000', { a: 'b' }, 1],
  [
    'an OpenMetrics timestamp and exemplar',
    'up{a="b"} 1 1395066363.5 # {trace_id="x"} 0.5 1395066363.1',
    { a: 'b' },
    1,
  ],
  ['an OpenMetrics exemplar without a timestamp', 'up{a="b"} 1 # {} 0.5', { a: 'b' }, 1],
]

for (const [what, line, labels, value] of readable) {
  t.test(`parseExposition() reads ${what}`, (t) => {
    t.strictSame(parse(`${line}\n`), { samples: [{ name: 'up', labels, value }], malformed: [], truncated: false })
    t.end()
  })
}

const unreadable: readonly [string, string, string | undefined][] = [
  ['{a="b"} 1', 'expected a metric name', undefined],
  ['<html>', 'expected a metric name', undefined],
  ['1up 1', 'expected a metric name', '1up'],
  ['up-time 1', 'unexpected "-" in the metric name', 'up'],
  ['up', 'expected a value, and after it at most a timestamp and an exemplar', 'up'],
  ['up 1 2 3', 'expected a value, and after it at most a timestamp and an exemplar', 'up'],
  ['up 1 soon', 'expected a value, and after it at most a timestamp and an exemplar', 'up'],
  ['up 0x10', 'value "0x10" is not a number', 'up'],
  ['up one', 'value "one" is not a number', 'up'],
  ['up{a="b" 1', 'expected , or } after the label a', 'up'],
  ['up{a="b', 'the value of the label a has no closing quote', 'up'],
  ['up{a="b\\"} 1', 'the value of the label a has no closing quote', 'up'],
  ['up{a=b} 1', 'expected a quoted value of the label a', 'up'],
  ['up{a "b"} 1', 'expected = after the label name a', 'up'],
  ['up{1a="b"} 1', 'expected a label name', 'up'],
  ['up{a="b",,} 1', 'expected a label name', 'up'],
  ['up{a="b",a="c"} 1', 'the label a is given twice', 'up'],
  ['up{', 'expected a label name', 'up'],
]

for (const [line, problem, name] of unreadable) {
  t.test(`parseExposition() reports ${line} by its number and reads the lines around it`, (t) => {
    const { samples, malformed } = parse(`before 1\n${line}\nafter 2\n`)
    t.strictSame(malformed, [{ line: 2, problem, ...(name !== undefined && { name }) }])
    t.strictSame(
      samples.map((sample) => sample.name),
      ['before', 'after'],
    )
    t.end()
  })
}

t.test('parseExposition() passes over comments, blank lines, CRLF and the OpenMetrics end', (t) => {
  const page = '# HELP up Is it up?\r\n# TYPE up gauge\r\n\r\n \t\r\nup 1\r\n  # aside\r\nup{a="b"} 2\r\n# EOF\r\n'
  const { samples, malformed, truncated } = parse(page)
  t.strictSame(
    samples.map(({ value }) => value),
    [1, 2],
  )
  t.strictSame(malformed, [])
  t.equal(truncated, false)
  t.end()
})

t.test('parseExposition() reads a last line without a newline', (t) => {
  t.strictSame(
    parse('up 1\nup 2').samples.map(({ value }) => value),
    [1, 2],
  )
  t.end()
})

t.test('parseExposition() tells a name from a longer one that begins with it', (t) => {
  const { samples } = parse('up 1\nup_total 2\nup:rate 3\nup 4\n', { wanted: (name) => name === 'up' })
  t.strictSame(
    samples.map(({ value }) => value),
    [1, 4],
  )
  t.end()
})

t.test('parseExposition() skips lines of names not wanted without checking them', (t) => {
  const { samples, malformed } = parse('other{ 1\nup 1\nother 2\n', { wanted: (name) => name === 'up' })
  t.strictSame(
    samples.map(({ name }) => name),
    ['up'],
  )
  t.strictSame(malformed, [])
  t.end()
})

t.test('parseExposition() stops at the line limit and says so', (t) => {
  const { samples, truncated } = parse('up 1\nup 2\nup 3\n', { maxLines: 2 })
  t.equal(samples.length, 2)
  t.equal(truncated, true)
  t.equal(parse('up 1\nup 2\n', { maxLines: 2 }).truncated, false)
  t.end()
})

t.test('parseExposition() stops before the line that crosses the character limit, and says so', (t) => {
  const { samples, malformed, truncated } = parse('up 1\nup 23\n', { maxCharacters: 9 })
  t.strictSame(
    samples.map(({ value }) => value),
    [1],
  )
  t.strictSame(malformed, [])
  t.equal(truncated, true)
  t.end()
})

t.test('parseExposition() reads every line of the page written from the vLLM notes', (t) => {
  const page = readFileSync(new URL('../../fixtures/vllm/metrics-from-docs.txt', import.meta.url), 'utf8')
  const { samples, malformed } = parse(page)
  t.strictSame(malformed, [])
  t.equal(samples.length, page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length)
  t.end()
})

const letters = 'abcXYZ_09'
const nameTail = fc.string({ unit: fc.constantFrom(...letters, ':'), maxLength: 8 })
const labelTail = fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 })
const arbitrarySample = fc.record(
  {
    name: fc.tuple(fc.constantFrom('a', '_', ':', 'Z'), nameTail).map((parts) => parts.join('')),
    labels: fc.dictionary(
      fc.tuple(fc.constantFrom('a', '_', 'Z'), labelTail).map((parts) => parts.join('')),
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\r', 'n', '{', '}', ',') }),
      ),
      { noNullPrototype: true },
    ),
    // String() prints -0 as 0.
    value: fc.double().map((value) => (Object.is(value, -0) ? 0 : value)),
  },
  { noNullPrototype: true },
)

function print({ name, labels, value }: { name: string; labels: Record<string, string>; value: number }): string {
  const escape = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`)
  const number = String(value).replace('Infinity', 'Inf')
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number}\n`
}

t.test('parseExposition() gives back what was printed', (t) => {
  fc.assert(
    fc.property(fc.array(arbitrarySample), (samples) => {
      const { samples: parsed, malformed } = parse(samples.map(print).join(''))
      assert.deepStrictEqual(malformed, [])
      assert.deepStrictEqual(parsed, samples)
    }),
    { numRuns: 200 },
  )
  t.end()
})

t.test('parseExposition() never throws and never reports more lines than there are', (t) => {
  const piece = fc.constantFrom(
    'vllm:a',
    '{',
    '}',
    '"',
    '\\',
    '=',
    ',',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '#',
    '1',
    '-',
    'e',
    '.',
    'NaN',
    'é',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((pieces) => pieces.join('')),
  )
  fc.assert(
    fc.property(text, (page) => {
      const { samples, malformed } = parse(page)
      return samples.length + malformed.length <= page.split('\n').length
    }),
    { numRuns: 2_000 },
  )
  t.end()
})
