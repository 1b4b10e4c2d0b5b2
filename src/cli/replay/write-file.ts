import { randomUUID } from 'node:crypto'
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ConfigError, WarmpathError } from '../../errors.ts'

/** Readers see the old file or the whole new one: written beside it, then renamed over it. */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
  try {
    await writeFile(temporary, text, { flag: 'wx' })
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new WarmpathError('FILE_NOT_WRITTEN', `Cannot write ${path}: ${why}`, { cause })
  }
}

/** So that a long run does not end in a slip of the pen. Throws ConfigError; undefined is fine. */
export async function checkWritable(path: string | undefined): Promise<void> {
  if (path === undefined) return
  const expected = 'a file in a folder that exists and may be written to'
  const refusal = new ConfigError([{ path: 'file to write', value: path, expected }])
  await access(dirname(path), constants.W_OK).catch(() => Promise.reject(refusal))
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) throw refusal
}
