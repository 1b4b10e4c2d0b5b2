import { join } from 'node:path'
import { WarmpathError } from '../../../src/errors.ts'
import { goBin } from '../parts/go-part.ts'
import { etcd } from '../parts/etcd.ts'
import { requirePart } from '../parts/require-part.ts'
import { freePorts } from '../ports.ts'
import { answers, type RunningProcess, startProcess } from '../process.ts'

export interface Etcd {
  readonly url: string
  readonly process: RunningProcess
  /** Forgets all but the newest revision. */
  compact(): Promise<void>
}

/** One member on loopback that keeps its data in `folder`, without fsync: nothing here outlives the run. */
export async function startEtcd(folder: string): Promise<Etcd> {
  const cache = await requirePart(etcd)
  const [client = 0, peer = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${client}`
  const peerUrl = `http://127.0.0.1:${peer}`
  const args = [
    ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...['--initial-cluster', `default=${peerUrl}`],
  ]
  const process = await startProcess({ name: 'etcd', program: goBin(cache, etcd), args })
  await process.ready(() => answers(`${url}/health`))
  return {
    url,
    process,
    async compact() {
      // The JSON gateway of etcd's gRPC API (etcd.io/docs/v3.6/dev-guide/api_grpc_gateway).
      const revision = revisionOf(await post(`${url}/v3/kv/range`, { key: 'AA==' }))
      await post(`${url}/v3/kv/compaction`, { revision, physical: true })
    },
  }
}

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok)
    throw new WarmpathError('ETCD_STATUS', `Cannot call ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

function revisionOf(answer: unknown): string {
  const found = /"revision":"(\d+)"/.exec(JSON.stringify(answer))?.[1]
  if (found === undefined)
    throw new WarmpathError('ETCD_ANSWER', `Cannot read the revision in ${JSON.stringify(answer)}`)
  return found
}
