import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { repositoryPath } from './support/repository.ts'

/** Runs .ci/run with an `npm` that acts out `script`, a shell case on its arguments; by default one e2e test passes. */
function ciRun(t: Test, script: string) {
  const folder = t.testdir({ npm: `#!/bin/bash\ncase "$*" in\n${script}\n${e2e('total: 1, pass: 1')}\nesac\n` })
  chmodSync(join(folder, 'npm'), 0o755)
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` }
  const { status, stdout } = spawnSync('bash', [repositoryPath('.ci/run')], { env, encoding: 'utf8' })
  return { status, lines: stdout.trimEnd().split('\n') }
}

const printed = (text: string, status: number) =>
  `echo "ok 1 - x"; echo "# { ${text} }"; echo "# time=9ms"; exit ${status};;`
const totals = (text: string, status = 0) => `test) ${printed(text, status)}`
const e2e = (text: string, status = 0) => `"run test:e2e") ${printed(text, status)}`

t.test('.ci/run ends with the totals that tap printed', async (t) => {
  const { status, lines } = ciRun(t, totals('total: 204, pass: 204'))
  t.equal(lines.at(-1), '205 passed, 0 failed')
  t.equal(status, 0)
})

t.test('.ci/run fails with the tests, and leaves skipped ones out', async (t) => {
  const { status, lines } = ciRun(t, totals('total: 12, pass: 9, fail: 2, skip: 1', 1))
  t.equal(lines.at(-1), '10 passed, 2 failed')
  t.not(status, 0)
})

t.test('.ci/run fails when a check fails, and names it, although all tests pass', async (t) => {
  const { status, lines } = ciRun(t, `"run lint") exit 1;;\n${totals('total: 3, pass: 3')}`)
  t.same(lines.slice(-2), ['failed: npm run lint', '4 passed, 0 failed'])
  t.not(status, 0)
})

t.test('.ci/run counts a test run that dies as a failure', async (t) => {
  const silent = ciRun(t, 'test) exit 1;;')
  t.equal(silent.lines.at(-1), '1 passed, 1 failed')
  t.not(silent.status, 0)
  const afterTotals = ciRun(t, totals('total: 3, pass: 3', 7))
  t.equal(afterTotals.lines.at(-1), '4 passed, 1 failed')
  t.not(afterTotals.status, 0)
  const empty = ciRun(t, totals('total: 0'))
  t.not(empty.status, 0)
})

t.test('.ci/run adds the end-to-end tests, and fails with them', async (t) => {
  const failing = ciRun(t, `${e2e('total: 5, pass: 3, fail: 2', 1)}\n${totals('total: 3, pass: 3')}`)
  t.equal(failing.lines.at(-1), '6 passed, 2 failed')
  t.not(failing.status, 0)
  const silent = ciRun(t, `"run test:e2e") exit 0;;\n${totals('total: 3, pass: 3')}`)
  t.equal(silent.lines.at(-1), '3 passed, 1 failed')
  t.not(silent.status, 0)
})

t.test('.ci/run fails when a part cannot be installed', async (t) => {
  const { status, lines } = ciRun(t, `"run e2e:setup") exit 1;;\n${totals('total: 3, pass: 3')}`)
  t.same(lines.slice(-2), ['failed: timeout 55m npm run e2e:setup', '4 passed, 0 failed'])
  t.not(status, 0)
})

t.test('.ci/run stops when the packages cannot be installed', async (t) => {
  const { status, lines } = ciRun(t, 'ci) exit 1;;')
  t.equal(lines.at(-1), '0 passed, 1 failed')
  t.not(status, 0)
})
