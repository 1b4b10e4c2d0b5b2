import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './ports.ts'

/** An empty folder for one run; also removes those that crashed processes left behind. */
export async function scratchFolder(name: string): Promise<string> {
  for (const folder of await readdir(tmpdir())) {
    const owner = ownerOf.exec(folder)?.[1]
    if (owner !== undefined && !isAlive(Number(owner)))
      await rm(join(tmpdir(), folder), { recursive: true, force: true })
  }
  return mkdtemp(join(tmpdir(), `warmpath-e2e-${process.pid}-${name}-`))
}

const ownerOf = /^warmpath-e2e-(\d+)-/
