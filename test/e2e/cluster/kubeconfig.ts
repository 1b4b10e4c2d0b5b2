import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyPair } from './certificates.ts'

/** Writes a kubeconfig (JSON is YAML) for one user and gives its path. */
export async function writeKubeconfig(
  folder: string,
  user: string,
  { server, authority, pair }: { readonly server: string; readonly authority: string; readonly pair: KeyPair },
): Promise<string> {
  const file = join(folder, `${user}.kubeconfig`)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority': authority } }],
    users: [{ name: user, user: { 'client-certificate': pair.certificate, 'client-key': pair.key } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user } }],
    'current-context': 'e2e',
  }
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
  return file
}
