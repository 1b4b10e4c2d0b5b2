/**
 * Records what a real vLLM answers into test/fixtures/vllm/<version>/: `node test/e2e/vllm/record.ts`. The fast tests
 * hold the simulation and the parsers against it. Review the diff: it is what a new release changed.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryPath } from '../../support/repository.ts'
import { recordAnswer } from '../../support/answer-shape.ts'
import { requirePart } from '../parts/require-part.ts'
import { vllm } from '../parts/vllm.ts'
import { answers, chats, facts, type HttpCase, refusals, send, toolChats, toolRefusals } from './cases.ts'
import { replayFrom } from './events.ts'
import { writeModel } from './model.ts'
import { complete, resetCache } from './script.ts'
import { startVllms, stopVllms, toolFlags, type VllmOptions, type VllmServer } from './start.ts'

/** Longer requests would make the fixture bigger than what it shows. */
const maxRequestCharacters = 1000

const folder = repositoryPath(`test/fixtures/vllm/${vllm.version}`)

async function record(server: VllmServer): Promise<void> {
  const { url } = server
  const about = aboutOf(server)
  const exchanges = {
    about,
    completions: await recordAll(url, answers),
    chats: await recordAll(url, chats),
    facts: await recordAll(url, facts),
    refusals: await recordAll(url, refusals),
  }
  await writeFile(join(folder, 'exchanges.json'), byLine(exchanges))
  await writeFile(join(folder, 'metrics.txt'), await recordMetrics(url, about))
  await writeFile(join(folder, 'kv-events.json'), byLine(await recordEvents(server, about)))
}

async function recordTools(server: VllmServer): Promise<void> {
  const { url } = server
  const exchanges = {
    about: aboutOf(server),
    toolChats: await recordAll(url, toolChats),
    toolRefusals: await recordAll(url, toolRefusals),
  }
  await writeFile(join(folder, 'tools.json'), byLine(exchanges))
}

function aboutOf({ command }: VllmServer): Readonly<Record<string, string>> {
  return {
    version: `vLLM ${vllm.version} (${vllm.source})`,
    command: ['vllm', ...command.args].join(' '),
    date: new Date().toISOString().slice(0, 10),
  }
}

/** JSON with a line for each element of each list, so that a diff shows which changed. */
function byLine(lists: object): string {
  const entries = Object.entries(lists).map(([name, value]: [string, unknown]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((one) => JSON.stringify(one)).join(',\n')}\n]`
      : JSON.stringify(value)
    return `${JSON.stringify(name)}: ${text}`
  })
  return `{\n${entries.join(',\n')}\n}\n`
}

async function recordAll(url: string, cases: readonly HttpCase[]): Promise<readonly object[]> {
  await resetCache(url)
  const recorded: object[] = []
  for (const one of cases.filter((some) => JSON.stringify(some).length < maxRequestCharacters)) {
    recorded.push({ request: one, answer: await recordAnswer(await send(url, one)) })
  }
  return recorded
}

/** Without the `http_…` families, which grow with every path asked for and say nothing of the engine. */
async function recordMetrics(url: string, about: Readonly<Record<string, string>>): Promise<string> {
  const page = await (await fetch(`${url}/metrics`)).text()
  const lines = page.split('\n').filter((line) => !/^(# (HELP|TYPE) )?http_/.test(line))
  const head = Object.entries(about).map(([name, value]) => `# ${name}: ${value}`)
  return [...head, '# left out: the http_ families', ...lines].join('\n')
}

/** A store of a prompt and of the answer behind it, a salted store, evictions and a reset. */
async function recordEvents({ url, replay }: VllmServer, about: object): Promise<object> {
  await resetCache(url)
  await complete(url, { prompt: [9], max_tokens: 1 })
  const before = await replayFrom(replay, 0)
  const ids = (length: number): readonly number[] => Array.from({ length }, (_, i) => i)
  await complete(url, { prompt: ids(70), max_tokens: 30 })
  await complete(url, { prompt: ids(64), max_tokens: 1, cache_salt: 'pepper' })
  await complete(url, { prompt: Array.from({ length: 2000 }, () => 7), max_tokens: 1 })
  await complete(url, { prompt: Array.from({ length: 2000 }, () => 8), max_tokens: 1 })
  await resetCache(url)
  await complete(url, { prompt: [9], max_tokens: 1 })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const batches = await replayFrom(replay, before.length)
  const hex = batches.map(({ payload }) => Buffer.from(payload).toString('hex'))
  return { about: { ...about, hashSeed: '0' }, batches: hex }
}

const modelFolder = await mkdtemp(join(tmpdir(), 'warmpath-vllm-'))
await writeModel(modelFolder)
const plain: VllmOptions = { cache: await requirePart(vllm), modelFolder, hashSeed: '0' }
await mkdir(folder, { recursive: true })
try {
  await withServer(plain, record)
  await withServer({ ...plain, more: toolFlags }, recordTools)
} finally {
  await rm(modelFolder, { recursive: true })
}

async function withServer(options: VllmOptions, use: (server: VllmServer) => Promise<void>): Promise<void> {
  const servers = await startVllms(1, options)
  try {
    for (const server of servers) await use(server)
  } finally {
    await stopVllms(servers)
  }
}
