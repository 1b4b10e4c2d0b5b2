import t from 'tap'
import { bytes, duration, flag, integer, list, port, text } from '../../../src/config/field.ts'
import { formatDefault, optionsHelp, optionsTable, wrap } from '../../../src/config/help.ts'

const long =
  'A sentence that goes on for a while, so that it must be broken into several lines in any terminal there is.'
const fields = {
  port: port({ default: 8000, doc: 'Port of the proxy.' }),
  bodyLimit: bytes({ default: 20 * 2 ** 20, doc: long }),
  pollInterval: duration({ default: 1500, doc: 'Rhythm.' }),
  models: list(text({ default: '', doc: '' }), { default: ['a', 'b'], doc: 'Models | names.' }),
  kvEvents: flag({ default: true, doc: 'Subscribe.' }),
  dryRun: flag({ default: false, doc: 'Do nothing.' }),
  endpointsFile: text({ default: undefined, doc: 'File.' }),
  anOptionWithItsOwnLine: integer({ default: 1, doc: 'Long.' }),
}

t.test('help names flag, value, doc, default and variable of every option', async (t) => {
  const help = optionsHelp(fields, 100)
  t.match(help, /--port <number> +Port of the proxy\. \[default: 8000\] \[WARMPATH_PORT\]/)
  t.match(help, /--body-limit <size> +A sentence/)
  t.match(help, /--poll-interval <duration> +Rhythm\. \[default: 1500ms\] \[WARMPATH_POLL_INTERVAL\]/)
  t.match(help, /--models <value,\.\.\.> +Models \| names\. \[default: a, b\]/)
  t.match(help, /--\[no-\]kv-events +Subscribe\./)
  t.match(help, /--dry-run +Do nothing\. \[default: false\]/)
  t.match(help, /--endpoints-file <value> +File\. \[WARMPATH_ENDPOINTS_FILE\]/)
})

t.test('help fits its width', async (t) => {
  for (const width of [80, 100])
    for (const line of optionsHelp(fields, width).split('\n')) t.ok(line.length <= width, line)
})

t.test('wrap() keeps all words, and gives a long one its own line', async (t) => {
  t.same(wrap('one two three', 7), ['one two', 'three'])
  t.same(wrap('a incomprehensibilities b', 5), ['a', 'incomprehensibilities', 'b'])
})

t.test('the table has a row per option, with cells that Markdown reads as one', async (t) => {
  const rows = optionsTable(fields).split('\n')
  t.equal(rows.length, 2 + Object.keys(fields).length)
  t.match(rows[2], '| `--port`<br>`WARMPATH_PORT` | `8000` | Port of the proxy. |')
  t.match(optionsTable(fields), '| `a, b` | Models \\| names. |')
})

t.test('defaults are printed as a user would write them', async (t) => {
  t.equal(formatDefault(bytes({ default: 65_536, doc: '' })), '64Ki')
  t.equal(formatDefault(duration({ default: 120_000, doc: '' })), '2m')
  t.equal(formatDefault(duration({ default: undefined, doc: '' })), 'none')
  t.equal(formatDefault(list(duration({ default: 0, doc: '' }), { default: [1000, 2000], doc: '' })), '1s, 2s')
})
