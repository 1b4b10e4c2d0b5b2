import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WarmpathError } from '../../../src/errors.ts'
import { installInto, isInstalled, partFolder } from '../cache.ts'
import { run } from '../run.ts'
import type { Part } from './part.ts'

export interface GoProgram {
  /** Name of the program; also the name of the part. */
  readonly name: string
  /** Version of the module, as `test/e2e/go/go.mod` pins it. */
  readonly version: string
  readonly module: string
  /** The main package, from the root of the module. */
  readonly path: string
  readonly proves: string
  /** Values for `-ldflags -X`. */
  readonly stamps?: Readonly<Record<string, string>>
  /** Arguments with which it only says its version or its options. */
  readonly check: readonly string[]
  /** Puts more of the module into the folder of the part. */
  readonly alsoInstall?: (folder: string) => Promise<void>
}

/** A program built from its published Go module, with the dependencies that `test/e2e/go/go.sum` vouches for. */
export function goPart(program: GoProgram): Part {
  const { name, version, module, path, proves, stamps = {}, check } = program
  const id = { name, version }
  return {
    ...id,
    source: 'Go module',
    proves,
    installed: (cache) => isInstalled(cache, id),
    install: (cache, say) =>
      installInto(cache, id, async (folder) => {
        const pinned = (await go(['list', '-m', '-f', '{{.Version}}', module])).trim()
        if (pinned !== version)
          throw new WarmpathError('PART_MISSING', `Cannot build ${name} ${version}: ${goFolder}/go.mod pins ${pinned}`)
        const values = Object.entries(stamps).map(([key, value]) => `-X ${key}=${value}`)
        say(`go build ${module}${path}`)
        const flags = ['-trimpath', '-ldflags', ['-s', '-w', ...values].join(' ')]
        await go(['build', ...flags, '-o', goBin(cache, id), module + path])
        await run(goBin(cache, id), check)
        await program.alsoInstall?.(folder)
      }),
  }
}

export function goBin(cache: string, part: Pick<Part, 'name' | 'version'>): string {
  return join(partFolder(cache, part), part.name)
}

/** Folder of a module that go.mod names, downloaded if need be. */
export async function goModuleFolder(module: string): Promise<string> {
  await go(['mod', 'download', module])
  return (await go(['list', '-m', '-f', '{{.Dir}}', module])).trim()
}

/** Runs the go command in the folder of our go.mod; up to an hour. */
export function go(args: readonly string[]): Promise<string> {
  return run('nice', ['-n', '10', 'go', ...args], { cwd: goFolder, timeoutMs: 60 * 60_000 })
}

const goFolder = fileURLToPath(new URL('../go', import.meta.url))
