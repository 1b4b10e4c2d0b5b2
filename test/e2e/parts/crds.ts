import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { WarmpathError } from '../../../src/errors.ts'
import { installInto, isInstalled, partFolder } from '../cache.ts'
import { run } from '../run.ts'
import { tmpdir } from 'node:os'
import type { Part } from './part.ts'

/** Folders of CRDs in published Go modules; each file is a CustomResourceDefinition. */
const sources = [
  { module: 'github.com/kedacore/keda/v2', version: 'v2.21.0', folder: 'config/crd/bases' },
  { module: 'sigs.k8s.io/gateway-api-inference-extension', version: 'v1.5.0', folder: 'config/crd/bases' },
  { module: 'sigs.k8s.io/karpenter', version: 'v1.14.0', folder: 'pkg/apis/crds' },
  { module: 'sigs.k8s.io/lws', version: 'v0.7.0', folder: 'config/crd/bases' },
] as const

/** Changes with any of the versions, so that a new one is fetched. */
const id = { name: 'crds', version: sources.map(({ version }) => version).join('_') }

export const crds: Part = {
  ...id,
  source: 'Go modules',
  proves: 'KEDA, InferencePool, InferenceObjective, InferenceModelRewrite, NodePool and LeaderWorkerSet objects',
  installed: (cache) => isInstalled(cache, id),
  install: (cache, say) =>
    installInto(cache, id, async () => {
      await mkdir(crdFolder(cache))
      for (const { module, version, folder } of sources) {
        say(`go mod download ${module}@${version}`)
        const from = join(await download(`${module}@${version}`), folder)
        for (const file of await readdir(from))
          if (file.endsWith('.yaml')) await cp(join(from, file), join(crdFolder(cache), file))
      }
    }),
}

/** Where the files are. */
export function crdFolder(cache: string): string {
  return join(partFolder(cache, id), 'files')
}

/** Outside a module, so that versions are taken as they are named; checked against the checksum database. */
async function download(moduleVersion: string): Promise<string> {
  const answer: unknown = JSON.parse(await run('go', ['mod', 'download', '-json', moduleVersion], { cwd: tmpdir() }))
  if (typeof answer === 'object' && answer !== null && 'Dir' in answer && typeof answer.Dir === 'string')
    return answer.Dir
  throw new WarmpathError('PART_MISSING', `Cannot find ${moduleVersion}: go mod download named no folder`)
}
