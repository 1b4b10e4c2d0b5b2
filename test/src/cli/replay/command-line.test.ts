import { execFileSync } from 'node:child_process'
import t from 'tap'
import { commandLine } from '../../../../src/cli/replay/command-line.ts'
import { duration, flag, integer, list, text } from '../../../../src/config/field.ts'

const name = text({ default: undefined, doc: '' })
const fields = {
  policy: list(text({ default: 'a', doc: '' }), { default: ['a', 'b'], doc: '' }),
  replicas: integer({ default: 8, doc: '' }),
  skipBadLines: flag({ default: false, doc: '' }),
  metricsInterval: duration({ default: 1000, doc: '' }),
  json: name,
}
const defaults = { policy: ['a', 'b'], replicas: 8, skipBadLines: false, metricsInterval: 1000, json: undefined }

t.test('commandLine() leaves out what is left at its default', (t) => {
  t.equal(commandLine(fields, defaults, ['trace.jsonl']), 'warmpath replay trace.jsonl')
  t.end()
})

t.test('commandLine() says what differs, in the form that flags take', (t) => {
  const config = { policy: ['b', 'a'], replicas: 4, skipBadLines: true, metricsInterval: 200, json: 'out.json' }
  t.equal(
    commandLine(fields, config, []),
    'warmpath replay --policy b,a --replicas 4 --skip-bad-lines --metrics-interval 200ms --json out.json',
  )
  t.end()
})

t.test('commandLine() quotes words so that a shell reads them back', (t) => {
  const path = `it's $HOME/a "b"; rm -rf *\n.jsonl`
  const line = commandLine(fields, defaults, [path]).replace('warmpath replay', 'printf %s')
  t.equal(execFileSync('sh', ['-c', line], { encoding: 'utf8' }), path)
  t.end()
})
