import { rm } from 'node:fs/promises'
import { WarmpathError } from '../../../src/errors.ts'
import type { Part } from '../parts/part.ts'
import { requirePart } from '../parts/require-part.ts'
import { freePorts } from '../ports.ts'
import { scratchFolder } from '../scratch.ts'
import { type CommandLine, startProcess } from '../process.ts'

/** How one peer is run: a program that listens on loopback in front of engines. */
export interface PeerKind {
  readonly part: Part
  /** It listens on so many; the first serves its clients. */
  readonly ports: number
  /** Writes what it needs into `site.folder`, and says what to run. */
  prepare(site: PeerSite): PeerCommand | Promise<PeerCommand>
  /** Whether what listens at `url` serves through all `engines`. */
  isReady(url: string, engines: readonly string[]): Promise<boolean>
}

export interface PeerSite {
  readonly cache: string
  readonly ports: readonly number[]
  /** URLs of vLLM replicas. */
  readonly engines: readonly string[]
  /** An empty folder, removed when the peer stops. */
  readonly folder: string
}

export interface PeerCommand extends CommandLine {
  readonly env?: Readonly<Record<string, string>>
}

export interface Peer {
  readonly name: string
  readonly version: string
  readonly url: string
  /** As it was started, for reports. */
  readonly command: PeerCommand
  readonly pid: number
  log(): readonly string[]
  stop(): Promise<void>
}

/**
 * Starts a peer on free loopback ports and resolves when it serves. Rejects with PART_MISSING, PROCESS_ENDED or
 * PROCESS_NOT_READY, nothing left running.
 */
export async function startPeer(kind: PeerKind, engines: readonly string[], cache?: string): Promise<Peer> {
  const from = await requirePart(kind.part, cache)
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(kind, engines, from)
    } catch (error) {
      // A program that ended at once may have lost the race for a port that was free a moment before.
      const lostPort = error instanceof WarmpathError && error.code === 'PROCESS_ENDED'
      if (!lostPort || attempt === maxAttempts) throw error
    }
  }
}

const maxAttempts = 3

async function startOnce(kind: PeerKind, engines: readonly string[], cache: string): Promise<Peer> {
  const { name, version } = kind.part
  const ports = await freePorts(kind.ports)
  const folder = await scratchFolder(name)
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const command = await kind.prepare({ cache, ports, engines, folder })
    const running = await startProcess({ name, ...command })
    const url = `http://127.0.0.1:${ports[0]}`
    const stop = async (): Promise<void> => {
      await running.stop()
      await removeFolder()
    }
    await running
      .ready(() => kind.isReady(url, engines))
      .catch(async (error: unknown) => {
        await stop()
        throw error
      })
    return { name, version, url, command, pid: running.pid, log: running.log, stop }
  } catch (error) {
    await removeFolder()
    throw error
  }
}
