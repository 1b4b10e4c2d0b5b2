import t from 'tap'
import { runCli } from '../../support/run-cli.ts'

t.test('the installed command is the same as main.ts', async (t) => {
  for (const argv of [['--version'], ['--help'], ['nothing-of-the-kind']])
    t.same(await runCli('src/cli/warmpath.js', argv), await runCli('src/cli/main.ts', argv), argv.join(' '))
})
