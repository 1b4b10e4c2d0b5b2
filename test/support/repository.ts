import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The absolute path of a path from the repository root. */
export function repositoryPath(path: string): string {
  return join(root, path)
}

/** Every file below `folder`, as paths from the repository root with `/`; generated and installed folders left out. */
export function repositoryFiles(folder = ''): readonly string[] {
  return readdirSync(repositoryPath(folder), { withFileTypes: true }).flatMap((entry) => {
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : repositoryFiles(path)
    return entry.isFile() ? [path] : []
  })
}

const skipped: ReadonlySet<string> = new Set(['node_modules', '.git', '.tap', 'dist'])
