import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { startControlPlane, type ControlPlane } from '../e2e/cluster/control-plane.ts'
import { freePorts } from '../e2e/ports.ts'
import { applyOverlay, startWebhook, untilTrusted } from '../e2e/webhook/install.ts'
import { namespaceOf, vllmPod } from '../e2e/webhook/samples.ts'
import { type BenchContext, type BenchRow, compared } from './bench.ts'

/** Creations of pods through a real API server, in turn in a namespace with the webhook and in one without. */
export async function webhookReal({ quick, say }: BenchContext): Promise<readonly BenchRow[]> {
  const teardowns: (() => Promise<void>)[] = []
  const t = { teardown: (run: () => Promise<void>) => teardowns.push(run) }
  try {
    say('starting a control plane and the webhook')
    const cluster = await startControlPlane(t)
    const [port = 0] = await freePorts(1)
    await applyOverlay(cluster, 'auto-mode', port)
    await cluster.apply(namespaceOf('models', { 'warmpath.dev/inject': 'enabled' }), namespaceOf('plain'))
    const webhook = await startWebhook(cluster, port)
    t.teardown(() => webhook.process.stop())
    await untilTrusted(cluster)
    return await compare(await createClient(cluster), { pairs: quick ? 200 : 1000, say })
  } finally {
    for (const run of teardowns.toReversed()) await run()
  }
}

type Create = (namespace: string, name: string) => Promise<number>

async function compare(
  create: Create,
  { pairs, say }: { readonly pairs: number; readonly say: (line: string) => void },
): Promise<readonly BenchRow[]> {
  const times = { models: new Array<number>(), plain: new Array<number>() }
  for (let pair = -20; pair < pairs; pair++) {
    // Which comes first changes, so that neither has the warmer server.
    const order = pair % 2 === 0 ? (['models', 'plain'] as const) : (['plain', 'models'] as const)
    for (const namespace of order) {
      const ms = await create(namespace, `pod-${pair + 20}`)
      if (pair >= 0) times[namespace].push(ms)
    }
    if (pair > 0 && pair % 200 === 0) say(`${pair} of ${pairs} pairs`)
  }
  const row = (name: string, share: number): BenchRow =>
    compared({
      name,
      value: quantile(times.models, share),
      unit: 'ms',
      peer: 'no webhook',
      peerValue: quantile(times.plain, share),
    })
  const differences = times.models.map((ms, pair) => ms - (times.plain[pair] ?? Number.NaN))
  return [
    row('pod create p50', 0.5),
    row('pod create p99', 0.99),
    { name: 'pod create, median difference', value: quantile(differences, 0.5), unit: 'ms' },
  ]
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** One kept-alive connection of an administrator. */
async function createClient({ url, authority, kubeconfigFor, folder }: ControlPlane): Promise<Create> {
  await kubeconfigFor('bench', 'system:masters')
  const [cert, key] = await Promise.all(['crt', 'key'].map((end) => readFile(`${folder}/bench.${end}`)))
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.pem, cert, key })
  return (namespace, name) => {
    const pod = vllmPod(name)
    const body = JSON.stringify({ ...pod, metadata: { name, namespace } })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const startMs = performance.now()
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}/api/v1/namespaces/${namespace}/pods`,
        { method: 'POST', agent, headers },
        (answer) => {
          answer.resume()
          answer.on('end', () => {
            if (answer.statusCode === 201) resolve(performance.now() - startMs)
            else reject(new Error(`the API server answered ${answer.statusCode}, expected 201`))
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
