/** Starts etcd, prints its process id and waits to be killed: for the test of crashes. */
import { scratchFolder } from '../scratch.ts'
import { startEtcd } from './etcd.ts'

const etcd = await startEtcd(await scratchFolder('crash'))
process.stdout.write(`${etcd.process.pid}\n`)
setInterval(() => undefined, 60_000)
