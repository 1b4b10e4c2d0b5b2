import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { WarmpathError } from '../../../src/errors.ts'
import { installInto, isInstalled, partFolder } from '../cache.ts'
import { run } from '../run.ts'
import type { Part } from './part.ts'

export interface DebianPackage {
  /** The package; also the name of the part. */
  readonly name: string
  /** Upstream version as Debian writes it. The revision is left open: Debian serves only its newest security fix. */
  readonly version: string
  readonly proves: string
  /** A program of the package, from the root of the file system, and arguments with which it only says its version. */
  readonly check: readonly [program: string, ...args: string[]]
}

/**
 * A program of a Debian package, unpacked into the cache and not installed: that needs no root and starts no service,
 * but takes the shared libraries of the machine.
 */
export function debianPart({ name, version, proves, check: [program, ...args] }: DebianPackage): Part {
  const id = { name, version }
  return {
    ...id,
    source: 'Debian',
    proves,
    installed: (cache) => isInstalled(cache, id),
    install: (cache, say) =>
      installInto(cache, id, async (folder) => {
        say(`apt-get download ${name}=${version}*`)
        await download(`${name}=${version}*`, folder, say)
        const archive = (await readdir(folder)).find((file) => file.endsWith('.deb'))
        if (archive === undefined)
          throw new WarmpathError('PART_MISSING', `Cannot unpack ${name}: apt-get left no .deb file in ${folder}`)
        say(`unpack ${archive}`)
        await run('dpkg-deb', ['--extract', join(folder, archive), join(folder, 'root')])
        await run(debianBin(cache, id, program), args)
      }),
  }
}

/** The path of a program of the part, given its path on a machine where the package is installed. */
export function debianBin(cache: string, part: Pick<Part, 'name' | 'version'>, program: string): string {
  return join(partFolder(cache, part), 'root', program)
}

/** A machine whose package lists are absent or old gets them and tries again. */
async function download(what: string, cwd: string, say: (line: string) => void): Promise<void> {
  try {
    await run('apt-get', ['download', what], { cwd })
  } catch {
    say('apt-get update')
    await run('apt-get', ['update'])
    await run('apt-get', ['download', what], { cwd })
  }
}
