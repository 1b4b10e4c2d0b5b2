import { pythonBin } from '../parts/python-part.ts'
import { vllm } from '../parts/vllm.ts'
import { freePorts } from '../ports.ts'
import { answers, type CommandLine, type RunningProcess, startProcess } from '../process.ts'

export interface VllmOptions {
  /** The e2e cache that holds the part. */
  readonly cache: string
  /** From `writeModel`. */
  readonly modelFolder: string
  readonly blockTokens?: number
  readonly kvBlocks?: number
  readonly maxModelLen?: number
  readonly maxRunning?: number
  /** vLLM's --shutdown-timeout. */
  readonly drainSeconds?: number
  /** PYTHONHASHSEED, the seed of block hashes; undefined = unset. */
  readonly hashSeed?: string
  /** Appended to the command line. */
  readonly more?: readonly string[]
}

export interface VllmServer {
  readonly name: string
  readonly url: string
  readonly model: string
  /** ZMQ publisher and replay of KV events. */
  readonly kvEvents: string
  readonly replay: string
  /** As it was started, for reports and fixtures. */
  readonly command: CommandLine
  readonly process: RunningProcess
}

export const servedModel = 'tiny'
export const kvTopic = 'kv@tiny'

/** Without them vLLM refuses every choice of tools but "none" (renderers/online_renderer.py, 0.32). */
export const toolFlags = ['--enable-auto-tool-choice', '--tool-call-parser', 'hermes'] as const

/** Real vLLM servers on free loopback ports; resolves when each answers /health: 40 to 90 s on 2 cores. */
export async function startVllms(count: number, options: VllmOptions): Promise<readonly VllmServer[]> {
  const ports = await freePorts(3 * count)
  const begun = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => begin(`vllm-${index}`, ports.slice(3 * index, 3 * index + 3), options)),
  )
  const servers = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    for (const one of begun) if (one.status === 'rejected') throw one.reason
    await Promise.all(servers.map(({ url, process }) => process.ready(() => answers(`${url}/health`), startLimitMs)))
  } catch (error) {
    await stopVllms(servers)
    throw error
  }
  return servers
}

export async function stopVllms(servers: readonly VllmServer[]): Promise<void> {
  await Promise.all(servers.map(({ process }) => process.stop(stopGraceMs)))
}

const startLimitMs = 300_000
/** Above any `drainSeconds` in use: a killed server leaves its engine processes to notice by themselves. */
const stopGraceMs = 40_000

async function begin(name: string, ports: readonly number[], options: VllmOptions): Promise<VllmServer> {
  const [http = 0, events = 0, replay = 0] = ports
  const address = (port: number): string => `tcp://127.0.0.1:${port}`
  const kvEvents = {
    enable_kv_cache_events: true,
    publisher: 'zmq',
    endpoint: address(events),
    replay_endpoint: address(replay),
    topic: kvTopic,
  }
  const command: CommandLine = {
    program: pythonBin(options.cache, vllm, 'vllm'),
    args: [...commandArguments(options), '--port', String(http), '--kv-events-config', JSON.stringify(kvEvents)],
  }
  const seed: Readonly<Record<string, string>> =
    options.hashSeed === undefined ? {} : { PYTHONHASHSEED: options.hashSeed }
  return {
    name,
    url: `http://127.0.0.1:${http}`,
    model: servedModel,
    kvEvents: address(events),
    replay: address(replay),
    command,
    process: await startProcess({ name, ...command, env: { ...environment, ...seed } }),
  }
}

function commandArguments(options: VllmOptions): readonly string[] {
  const { blockTokens = 32, kvBlocks = 128, maxModelLen = 2048, maxRunning = 8, drainSeconds = 20 } = options
  return [
    ...['serve', options.modelFolder],
    ...['--served-model-name', servedModel, '--host', '127.0.0.1'],
    ...['--load-format', 'dummy', '--dtype', 'float32', '--enforce-eager'],
    ...['--block-size', String(blockTokens), '--num-gpu-blocks-override', String(kvBlocks)],
    ...['--kv-cache-memory-bytes', '268435456'],
    ...['--max-model-len', String(maxModelLen), '--max-num-seqs', String(maxRunning)],
    ...['--enable-prefix-caching', '--prefix-caching-hash-algo', 'sha256_cbor', '--enable-prompt-tokens-details'],
    ...['--shutdown-timeout', String(drainSeconds)],
    ...(options.more ?? []),
  ]
}

/** One thread for each server, no network, and the development routes (/reset_prefix_cache). */
const environment: Readonly<Record<string, string>> = {
  VLLM_TARGET_DEVICE: 'cpu',
  VLLM_CPU_OMP_THREADS_BIND: 'nobind',
  OMP_NUM_THREADS: '1',
  VLLM_CPU_CI_ENV: '1',
  HF_HUB_OFFLINE: '1',
  TRANSFORMERS_OFFLINE: '1',
  VLLM_NO_USAGE_STATS: '1',
  DO_NOT_TRACK: '1',
  VLLM_SERVER_DEV_MODE: '1',
  VLLM_WORKER_SHUTDOWN_TIMEOUT_SECONDS: '1',
}
