import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below the range from which Linux takes ports for connections (net.ipv4.ip_local_port_range, 32768 by default). */
const firstPort = 20_000
const lastPort = 31_999
const reservations = join(tmpdir(), 'warmpath-ports')

/**
 * Loopback ports that nobody listens on, reserved for this process until it ends: a file for each in the temporary
 * folder keeps parallel runs apart, for programs that cannot choose a port themselves.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  await mkdir(reservations, { recursive: true })
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > 1000) throw new Error(`Cannot find ${count} free ports between ${firstPort} and ${lastPort}`)
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort))
    if ((await reserve(port)) && (await isFree(port))) ports.push(port)
  }
  return ports
}

async function reserve(port: number): Promise<boolean> {
  const file = join(reservations, String(port))
  const owner = Number(await readFile(file, 'utf8').catch(() => ''))
  if (owner > 0 && isAlive(owner)) return false
  await rm(file, { force: true })
  const handle = await open(file, 'wx').catch(() => undefined)
  await handle?.writeFile(String(process.pid))
  await handle?.close()
  return handle !== undefined
}

/** Whether a process has this id. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false)
  await new Promise((resolve) => server.close(resolve))
  return free
}
