import t from 'tap'
import { commands } from '../../../src/cli/commands.ts'
import { commonFields } from '../../../src/cli/common-fields.ts'
import { commandHelp } from '../../../src/cli/usage.ts'
import { envName } from '../../../src/config/names.ts'

for (const entry of commands) {
  t.test(`warmpath ${entry.name} is what the list says, and its help fits 100 columns`, async (t) => {
    const command = await entry.load()
    t.equal(command.name, entry.name)
    t.equal(command.summary, entry.summary)
    const tooLong = commandHelp(command, 100)
      .split('\n')
      .filter((line) => line.length > 100)
    t.same(tooLong, [])
  })

  t.test(`warmpath ${entry.name} has no option that hides a common one or a variable of Kubernetes`, async (t) => {
    const { fields } = await entry.load()
    t.same(
      Object.keys(fields).filter((key) => key in commonFields || key === 'help'),
      [],
    )
    const looksLikeServiceLink = /_SERVICE_(HOST|PORT)|_PORT_\d+_/
    t.same(
      Object.keys(fields)
        .map(envName)
        .filter((name) => looksLikeServiceLink.test(name)),
      [],
    )
  })

  t.test(`warmpath ${entry.name} has defaults that its own parsers accept`, async (t) => {
    const { fields } = await entry.load()
    for (const [key, field] of Object.entries(fields)) {
      // Not to be written by a user: no value at all, and durations, which are kept as numbers and written with a unit.
      if (field.default === undefined || field.default === '' || field.unit === 'ms') continue
      t.same(field.parse(field.default), { ok: true, value: field.default }, key)
    }
  })
}
