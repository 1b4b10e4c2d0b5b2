import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Part } from './parts/part.ts'

/** Where parts are installed: outside the checkout, so that `git clean` and a second clone keep them. */
export const defaultCache = process.env['WARMPATH_E2E_CACHE'] ?? join(homedir(), '.cache', 'warmpath', 'e2e')

type PartId = Pick<Part, 'name' | 'version'>

export function partFolder(cache: string, { name }: PartId): string {
  return join(cache, name)
}

/** Whether `installInto` ended well for this very version. */
export async function isInstalled(cache: string, part: PartId): Promise<boolean> {
  const installed = await readFile(markerOf(cache, part), 'utf8').catch(() => undefined)
  return installed === part.version
}

/** Fills an empty folder; the marker is written last, so a run that died half way counts as nothing installed. */
export async function installInto(cache: string, part: PartId, fill: (folder: string) => Promise<void>): Promise<void> {
  const folder = partFolder(cache, part)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await fill(folder)
  await writeFile(markerOf(cache, part), part.version)
}

function markerOf(cache: string, part: PartId): string {
  return join(partFolder(cache, part), 'installed-version')
}
