import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debianBin } from '../parts/debian-part.ts'
import { prometheus } from '../parts/prometheus.ts'
import { requirePart } from '../parts/require-part.ts'
import { answers } from '../process.ts'
import { runFor } from '../run.ts'
import type { PeerKind } from './peer.ts'

/** Scrapes /metrics of the engines each second. */
export const prometheusPeer: PeerKind = {
  part: prometheus,
  ports: 1,
  async prepare({ cache, ports: [port = 0], engines, folder }) {
    const file = join(folder, 'prometheus.json')
    const targets = engines.map((engine) => new URL(engine).host)
    const scrape = { job_name: 'engines', scrape_interval: '1s', scrape_timeout: '1s', static_configs: [{ targets }] }
    await writeFile(file, JSON.stringify({ scrape_configs: [scrape] }))
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ]
    return { program: debianBin(cache, prometheus, 'usr/bin/prometheus'), args }
  },
  isReady: (url) => answers(`${url}/-/ready`),
}

/**
 * What Prometheus's own linter says about a page of metrics, a line each; empty when it has no complaint. Rejects with
 * COMMAND_FAILED when the page cannot be read.
 */
export async function lintMetrics(page: string, cache?: string): Promise<readonly string[]> {
  const from = await requirePart(prometheus, cache)
  const promtool = debianBin(from, prometheus, 'usr/bin/promtool')
  // Exit code 3: read, with complaints on standard error (prometheus 2.42, cmd/promtool/main.go lintErrExitCode).
  const { stderr } = await runFor(promtool, ['check', 'metrics'], { input: page, exitCodes: [0, 3] })
  return stderr.split('\n').filter((line) => line !== '')
}
