import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { envoy } from '../parts/envoy.ts'
import { pythonBin } from '../parts/python-part.ts'
import { answers } from '../process.ts'
import { envoyConfig } from './envoy-config.ts'
import type { PeerKind } from './peer.ts'

export const envoyPeer: PeerKind = {
  part: envoy,
  ports: 2,
  async prepare({ cache, ports: [port = 0, adminPort = 0], engines, folder }) {
    const file = join(folder, 'envoy.json')
    await writeFile(file, JSON.stringify(envoyConfig({ port, adminPort, engines })))
    // Hot restart shares memory by a number, 0 unless told, which two Envoys on one machine would fight for.
    const args = ['--config-path', file, '--disable-hot-restart', '--log-level', 'warning']
    return { program: pythonBin(cache, envoy, 'envoy'), args }
  },
  isReady: (url) => answers(`${url}/health`),
}
