import type { PeerKind } from './peer.ts'

/** GET /readiness, which the three routers of sglang's line share, counts the workers in use. */
export const allWorkersReady: PeerKind['isReady'] = async (url, engines) => {
  const response = await fetch(`${url}/readiness`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
  if (response === undefined) return false
  const text = await response.text()
  return response.ok && healthyWorkers.exec(text)?.[1] === String(engines.length)
}

const healthyWorkers = /"healthy_workers":(\d+)/

/** The options that they share. What is not named here keeps its default, and the policy is their default too. */
export function gatewayArguments(ports: readonly number[], engines: readonly string[]): readonly string[] {
  return [
    ...['--host', '127.0.0.1', '--port', `${ports[0]}`],
    ...['--policy', 'cache_aware'],
    ...['--worker-urls', ...engines],
    // By default the first worker that is not ready yet costs 30 s.
    ...['--worker-startup-check-interval', '1'],
    // Otherwise each of them takes 0.0.0.0:29000, and a second one fails.
    ...['--prometheus-host', '127.0.0.1', '--prometheus-port', `${ports[1]}`],
  ]
}
