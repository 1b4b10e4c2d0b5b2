import { goPart } from './go-part.ts'

/** Debian's 3.4 has no progress notifications on request, without which a client of Kubernetes 1.36 lists again and again. */
export const etcd = goPart({
  name: 'etcd',
  version: 'v3.7.1',
  module: 'go.etcd.io/etcd/server/v3',
  path: '',
  proves: 'storage of the API server, compacted at will',
  check: ['--version'],
})
