import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { at, isObject, listAt, parseJson, textAt } from '../../src/kubernetes/json.ts'
import { answer } from '../../webhook/answer.ts'
import { podReview, vllmPod, defaultSettings } from '../support/webhook-harness.ts'
import { type Bench, type BenchRow, compared } from './bench.ts'
import { webhookReal } from './webhook-real.ts'

export const webhook: Bench = {
  name: 'webhook',
  doc: 'admission reviews: handler latency, CPU per review and reviews/s over TLS on one core; --real: pods through an API server',
  hasReal: true,
  async run(context) {
    const { quick, say } = context
    if (context.real) return webhookReal(context)
    const seconds = quick ? 2 : 10
    const bodies = [
      { size: '3 KB pod', bytes: reviewOf(3) },
      { size: '50 KB pod', bytes: reviewOf(50) },
      { size: 'other pod', bytes: Buffer.from(JSON.stringify(podReview(otherPod))) },
    ]
    const rows: BenchRow[] = bodies.flatMap(({ size, bytes }) => handlerRows(size, bytes, quick ? 500 : 5000))
    for (const { size, bytes } of bodies) {
      say(`${size}: a review is ${bytes.length} bytes`)
      const load = { bytes, seconds, connections: 200 }
      const ours = await loadOn('webhook', load)
      const bare = await loadOn('bare', load)
      const peer = 'bare node:https'
      rows.push(
        compared({ name: `cpu per review, ${size}`, value: ours.cpuUs, unit: 'µs', peer, peerValue: bare.cpuUs }),
        compared({ name: `reviews, ${size}`, value: ours.perSecond, unit: '/s', peer, peerValue: bare.perSecond }),
        compared({ name: `p50 at 200, ${size}`, value: ours.p50Ms, unit: 'ms', peer, peerValue: bare.p50Ms }),
        compared({ name: `p99 at 200, ${size}`, value: ours.p99Ms, unit: 'ms', peer, peerValue: bare.p99Ms }),
      )
    }
    return rows
  },
}

/** One that is none of ours, the most of what a cluster makes. */
const otherPod = { kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'web', image: 'nginx' }] } }

/** With as many variables as it takes for the size, which is how real pods become large. */
function reviewOf(kilobytes: number): Buffer {
  const env = Array.from({ length: Math.round((kilobytes - 1) * 10) }, (_none, index) => ({
    name: `SETTING_NUMBER_${index}`,
    value: `a value of usual length, ${'x'.repeat(30)}`,
  }))
  const [container] = listAt(vllmPod, 'spec', 'containers').filter(isObject)
  const pod = { ...vllmPod, spec: { containers: [{ ...container, env }] } }
  return Buffer.from(JSON.stringify(podReview(pod)))
}

/** From the bytes of a body to the bytes of the answer, without sockets. */
function handlerRows(size: string, bytes: Buffer, runs: number): readonly BenchRow[] {
  const review = (): number => {
    const startMs = performance.now()
    const { body } = answer({ path: '/mutate/pods', bytes, late: false }, { settings: defaultSettings })
    JSON.stringify(body)
    return performance.now() - startMs
  }
  for (let index = 0; index < 200; index++) review()
  const times = Array.from({ length: runs }, review)
  return [
    { name: `handler p50, ${size}`, value: quantile(times, 0.5), unit: 'ms' },
    { name: `handler p99, ${size}`, value: quantile(times, 0.99), unit: 'ms' },
  ]
}

interface Load {
  readonly bytes: Buffer
  readonly seconds: number
  readonly connections: number
}

/** In which connections are made and code is compiled. */
const warmUpMs = 1000

/** The server alone on the last core, where `taskset` is there to hold it. */
async function loadOn(which: 'webhook' | 'bare', { bytes, seconds, connections }: Load) {
  const script = fileURLToPath(new URL('webhook-server.ts', import.meta.url))
  const server = spawn('taskset', ['-c', String(cpus().length - 1), process.execPath, script, which], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const told = parseJson(await firstLine(server.stdout))
    const port = Number(at(told, 'port'))
    const agent = new Agent({ keepAlive: true, maxSockets: connections, ca: textAt(told, 'authority') ?? '' })
    const post = (): Promise<number> => sendReview(agent, port, bytes)
    const drive = async (untilMs: number): Promise<readonly number[]> => {
      const times: number[] = []
      const client = async (): Promise<void> => {
        while (performance.now() < untilMs) times.push(await post())
      }
      await Promise.all(Array.from({ length: connections }, client))
      return times
    }
    await drive(performance.now() + warmUpMs)
    const cpuBeforeUs = await cpuUsOf(server.pid)
    const startMs = performance.now()
    const times = await drive(startMs + seconds * 1000)
    const elapsedSeconds = (performance.now() - startMs) / 1000
    const cpuUs = ((await cpuUsOf(server.pid)) - cpuBeforeUs) / times.length
    agent.destroy()
    return {
      cpuUs,
      perSecond: times.length / elapsedSeconds,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
    }
  } finally {
    server.kill('SIGKILL')
  }
}

/** CPU time of a process so far; its 14th and 15th figure, in hundredths of a second (proc_pid_stat(5)). */
async function cpuUsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid ?? 0}/stat`, 'utf8')
  const figures = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(figures[11]) + Number(figures[12])) * 10_000
}

async function firstLine(input: Readable): Promise<string> {
  for await (const line of createInterface({ input })) return line
  throw new Error('the server ended without a line')
}

/** Resolves to its time in ms. */
function sendReview(agent: Agent, port: number, bytes: Buffer): Promise<number> {
  const startMs = performance.now()
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
  const path = '/mutate/pods?timeout=10s'
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - startMs)
        else reject(new Error(`status ${response.statusCode ?? 0}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
