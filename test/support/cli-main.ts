import { defineCommand, type Command } from '../../src/cli/command.ts'
import type { CommandEntry } from '../../src/cli/commands.ts'
import { runProcess } from '../../src/cli/process.ts'
import { integer, port, text } from '../../src/config/field.ts'
import { WarmpathError } from '../../src/errors.ts'
import { listen } from '../../src/net/http-server.ts'

/** The real entry point over commands made for tests: what they do is known, so that only the frame is under test. */
const commands: readonly Command[] = [
  defineCommand({
    name: 'serve',
    summary: 'Listen, and print the address.',
    fields: {
      port: port({ default: 0, doc: 'Port.' }),
      apiKey: text({ default: undefined, doc: 'A secret.' }),
    },
    async run(config, { lifecycle, stdout, log }) {
      const { url, close } = await listen(
        (request, response) => {
          log.debug('request', { path: request.url })
          if (request.url !== '/hang') response.end('served')
          else response.write('begun')
        },
        { host: '127.0.0.1', port: config.port },
      )
      lifecycle.onStop('listener', close)
      stdout.write(`listening ${url}\n`)
      await lifecycle.untilStopped()
      stdout.write('bye\n')
      return 0
    },
  }),
  defineCommand({
    name: 'work',
    summary: 'End in one of several ways.',
    arguments: [{ name: 'HOW', doc: 'how to end: fine, seven, fault, typeerror, crash, reject, flood, ignore' }],
    examples: ['warmpath work fine'],
    fields: { lines: integer({ default: 1, min: 1, doc: 'Lines to print.' }) },
    async run({ lines }, { args: [how], stdout, lifecycle }) {
      lifecycle.onStop('cleanup', () => void stdout.write('cleaned up\n'))
      const endless = () => new Promise<never>(() => setInterval(() => {}, 60_000))
      if (how === 'seven') return 7
      if (how === 'fault') throw new WarmpathError('TEST_FAULT', 'Cannot do "work": got a fault, expected none')
      if (how === 'typeerror') throw new TypeError('x is not a function')
      if (how === 'crash')
        setTimeout(() => {
          throw new Error('thrown in a timer')
        }, 1)
      if (how === 'reject') void Promise.reject(new Error('nobody awaits me'))
      if (how === 'crash' || how === 'reject') await endless()
      if (how === 'ignore') {
        stdout.write('working\n')
        await endless()
      }
      for (let line = 0; line < lines; line++) stdout.write(`${'line '.repeat(20)}${line}\n`)
      return 0
    },
  }),
]

const entries: readonly CommandEntry[] = commands.map((command) => ({
  name: command.name,
  summary: command.summary,
  load: () => Promise.resolve(command),
}))

process.exit(await runProcess(entries))
