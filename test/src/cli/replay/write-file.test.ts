import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkWritable, writeFileAtomic } from '../../../../src/cli/replay/write-file.ts'

t.test('writeFileAtomic() replaces a file and leaves nothing beside it', async (t) => {
  const folder = t.testdir({ 'out.json': 'old' })
  await writeFileAtomic(join(folder, 'out.json'), 'new')
  t.equal(readFileSync(join(folder, 'out.json'), 'utf8'), 'new')
  t.same(readdirSync(folder), ['out.json'])
})

t.test('writeFileAtomic() that fails says which file, and leaves nothing beside it', async (t) => {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'out.json'))
  await t.rejects(writeFileAtomic(join(folder, 'out.json'), 'new'), {
    code: 'FILE_NOT_WRITTEN',
    message: /^Cannot write .*out\.json: EISDIR/,
  })
  t.same(readdirSync(folder), ['out.json'])
})

t.test(
  'checkWritable() accepts a file to come, and refuses a folder, and a file in one that is not there',
  async (t) => {
    const folder = t.testdir({})
    await checkWritable(undefined)
    await checkWritable(join(folder, 'out.json'))
    await t.rejects(checkWritable(folder), { code: 'CONFIG_INVALID' })
    await t.rejects(checkWritable(join(folder, 'absent', 'out.json')), { code: 'CONFIG_INVALID', message: /absent/ })
  },
)
