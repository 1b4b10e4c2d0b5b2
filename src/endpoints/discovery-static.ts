import { basename } from 'node:path'
import type { Clock } from '../clock.ts'
import { ConfigError, formatProblem, type Problem } from '../errors.ts'
import { watchFile } from '../net/watched-file.ts'
import type { Log } from '../telemetry/log.ts'
import type { Endpoint } from './endpoint.ts'
import { parseEndpointsFile } from './endpoints-file.ts'
import { parseOrigin } from './origin.ts'
import type { Pool } from './pool.ts'

export interface UrlList {
  readonly urls: readonly string[]
  readonly pool: string
  readonly model: string
  /** The option the list came from, for messages. */
  readonly path: string
}

/** Endpoints from a plain list of URLs, named by host and port. Throws a ConfigError with every problem of the list. */
export function endpointsFromUrls({ urls, pool, model, path }: UrlList): readonly Endpoint[] {
  const problems: Problem[] = []
  const endpoints = new Map<string, Endpoint>()
  for (const [index, raw] of urls.entries()) {
    const place = { path: `${path}[${index}]`, value: JSON.stringify(raw) }
    const origin = parseOrigin(raw)
    const name = origin.ok ? new URL(origin.value).host : ''
    if (!origin.ok) problems.push({ ...place, expected: origin.expected })
    else if (endpoints.has(name)) problems.push({ ...place, expected: 'a host and port not listed before' })
    else endpoints.set(name, { name, url: origin.value, pool, model, labels: {} })
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return [...endpoints.values()]
}

export interface FileDiscoveryOptions {
  readonly path: string
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Log
  readonly settleMs?: number
  readonly pollMs?: number
}

const MAX_BYTES = 4 << 20

/**
 * Keeps the pool equal to an endpoints file. Throws a ConfigError when the file is unreadable or wrong at the start;
 * later the last good set is kept and what is wrong is logged, once per version of the file.
 */
export async function discoverFromFile(options: FileDiscoveryOptions): Promise<{ stop(): void }> {
  const { path, pool, clock, log, settleMs = 50, pollMs = 10_000 } = options
  const source = `file:${path}`
  let started = false
  let startProblems: readonly Problem[] = []

  function refuse(problems: readonly Problem[]): void {
    if (started)
      log.error('endpoints file not reloaded, last good set kept', { path, problems: problems.map(formatProblem) })
    else startProblems = problems
  }

  function load(text: string): void {
    const file = parseEndpointsFile(basename(path), text)
    if (!file.ok) return refuse(file.problems)
    const events = pool.apply({ kind: 'replaced', source, endpoints: file.endpoints })
    for (const event of events)
      if (event.kind === 'refused')
        log.error('endpoint refused: name taken', { endpoint: event.endpoint.name, owner: event.owner })
    const count = file.endpoints.length
    if (count === 0) log.warn('endpoints file lists no endpoint', { path })
    else log.info('endpoints file loaded', { path, endpoints: count })
  }

  const file = watchFile({
    path,
    clock,
    maxBytes: MAX_BYTES,
    settleMs,
    pollMs,
    onText: load,
    onUnreadable: (cause) => refuse([unreadable(path, cause)]),
  })
  await file.firstRead
  started = true
  if (startProblems.length > 0) {
    file.stop()
    throw new ConfigError(startProblems)
  }
  return file
}

function unreadable(path: string, cause: unknown): Problem {
  const why = cause instanceof Error ? cause.message : String(cause)
  return { path, value: 'an unreadable file', expected: `an endpoints file (${why})` }
}
