import { goBin } from '../parts/go-part.ts'
import { kubeApiServer } from '../parts/kubernetes.ts'
import { requirePart } from '../parts/require-part.ts'
import { freePorts } from '../ports.ts'
import { type RunningProcess, startProcess } from '../process.ts'
import type { Authority } from './certificates.ts'
import { createKeyFile } from './certificates.ts'
import { answersOverTls } from './https.ts'

export interface ApiServer {
  readonly url: string
  /** Private key that signs the tokens of service accounts. */
  readonly serviceAccountKey: string
  /** Ends it and starts it anew on the same port: its watch caches are then empty of history. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** kube-apiserver on loopback with the default admission plug-ins, RBAC and the aggregation layer. */
export async function startApiServer(
  folder: string,
  { authority, etcdUrl }: { readonly authority: Authority; readonly etcdUrl: string },
): Promise<ApiServer> {
  const cache = await requirePart(kubeApiServer)
  const [port = 0] = await freePorts(1)
  const url = `https://127.0.0.1:${port}`
  const serving = await authority.issue({
    name: 'kube-apiserver',
    hosts: ['127.0.0.1', 'localhost', 'kubernetes.default.svc', '10.96.0.1'],
  })
  const frontProxy = await authority.issue({ name: 'front-proxy-client' })
  const serviceAccountKey = await createKeyFile(folder, 'service-accounts')
  const options = {
    'etcd-servers': etcdUrl,
    'bind-address': '127.0.0.1',
    // No Service leads to this server, and an address on loopback could not be its endpoint.
    'endpoint-reconciler-type': 'none',
    'secure-port': port,
    'tls-cert-file': serving.certificate,
    'tls-private-key-file': serving.key,
    'client-ca-file': authority.file,
    'authorization-mode': 'RBAC',
    'service-account-issuer': url,
    'service-account-key-file': serviceAccountKey,
    'service-account-signing-key-file': serviceAccountKey,
    'service-cluster-ip-range': '10.96.0.0/16',
    'allow-privileged': true,
    'requestheader-client-ca-file': authority.file,
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': frontProxy.certificate,
    'proxy-client-key-file': frontProxy.key,
    // A test that ends should not wait for long-running watches.
    'shutdown-delay-duration': '0s',
  }
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const start = async (): Promise<RunningProcess> => {
    const process = await startProcess({ name: 'kube-apiserver', program: goBin(cache, kubeApiServer), args })
    await process.ready(() => answersOverTls(`${url}/readyz`, authority.pem), 120_000)
    return process
  }
  let running = await start()
  return {
    url,
    serviceAccountKey,
    async restart() {
      await running.stop()
      running = await start()
    },
    stop: () => running.stop(),
  }
}
