import { fileURLToPath } from 'node:url'
import { startProcess } from './process.ts'

export interface RouterProcess {
  readonly proxyUrl: string
  readonly adminUrl: string
}

/**
 * `warmpath router` as a process of its own in front of engines that serve `model`; ready, and stopped with the test.
 * `more` is appended to its command line.
 */
export async function startRouter(
  t: { teardown(run: () => Promise<void>): unknown },
  urls: readonly string[],
  model: string,
  more: readonly string[] = [],
): Promise<RouterProcess> {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const loopback = ['--host', '127.0.0.1', '--port', '0', '--admin-host', '127.0.0.1', '--admin-port', '0']
  const args = [main, 'router', ...loopback, '--endpoints', urls.join(','), '--model', model, ...more]
  const router = await startProcess({ name: 'warmpath router', program: process.execPath, args })
  t.teardown(() => router.stop())
  const addressOf = (what: string, log: readonly string[]): string | undefined =>
    log
      .find((line) => line.startsWith(`${what} listening on `))
      ?.split(' ')
      .at(-1)
  await router.ready(async (log) => {
    const admin = addressOf('admin', log)
    return admin !== undefined && (await fetch(`${admin}/readyz`)).ok
  })
  const log = router.log()
  return { proxyUrl: addressOf('router', log) ?? '', adminUrl: addressOf('admin', log) ?? '' }
}
