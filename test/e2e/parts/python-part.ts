import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installInto, isInstalled, partFolder } from '../cache.ts'
import { run } from '../run.ts'
import type { Part } from './part.ts'

export interface PythonPackage {
  /** On PyPI; also the name of the part. */
  readonly name: string
  readonly version: string
  readonly proves: string
  /** A Python statement that fails unless the right package is there and loads on this machine. */
  readonly check: string
}

/** A package of PyPI in a virtual environment of its own; wheels only, so nothing is compiled. */
export function pythonPart({ name, version, proves, check }: PythonPackage): Part {
  const id = { name, version }
  return {
    ...id,
    source: 'PyPI',
    proves,
    installed: (cache) => isInstalled(cache, id),
    install: (cache, say) =>
      installInto(cache, id, async (folder) => {
        const python = join(folder, 'venv', 'bin', 'python')
        say(`python3 -m venv ${join(folder, 'venv')}`)
        await run('python3', ['-m', 'venv', join(folder, 'venv')])
        say(`pip install ${name}==${version}`)
        const options = [
          '--quiet',
          '--disable-pip-version-check',
          '--only-binary',
          ':all:',
          '--constraint',
          constraints,
        ]
        await run(python, ['-m', 'pip', 'install', ...options, `${name}==${version}`])
        await run(python, ['-c', check])
      }),
  }
}

/** The path of an executable of the part's virtual environment. */
export function pythonBin(cache: string, part: Pick<Part, 'name' | 'version'>, executable = 'python'): string {
  return join(partFolder(cache, part), 'venv', 'bin', executable)
}

const constraints = fileURLToPath(new URL('python-constraints.txt', import.meta.url))
