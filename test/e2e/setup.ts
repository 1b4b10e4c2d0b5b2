/**
 * Installs the real components the end-to-end tests need: `npm run e2e:setup`, or with names after `--` only those.
 * Parts in the cache already are left alone. Exit codes: 0 fine, 1 a part failed, 2 unknown name.
 */
import { parseArgs } from 'node:util'
import { defaultCache } from './cache.ts'
import { parts } from './parts/index.ts'
import type { Part } from './parts/part.ts'

const usage = 'Usage: npm run e2e:setup -- [--list] [PART ...]\n'

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { list: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const unknown = positionals.filter((name) => !parts.some((part) => part.name === name))
  if (unknown.length > 0) {
    const known = parts.map(({ name }) => name).join(', ')
    process.stderr.write(`${usage}Unknown part: ${unknown.join(', ')}; expected some of ${known}\n`)
    return 2
  }
  const chosen = positionals.length === 0 ? parts : parts.filter(({ name }) => positionals.includes(name))
  say(`cache: ${defaultCache}`)
  return values.list ? list(chosen) : installAll(chosen)
}

async function list(chosen: readonly Part[]): Promise<number> {
  for (const part of chosen) {
    const state = (await part.installed(defaultCache)) ? 'installed' : 'missing'
    say(`${part.name} ${part.version} (${part.source}): ${state}; ${part.proves}`)
  }
  return 0
}

/** One after the other: parallel installs on two cores gain nothing and mix their output. */
async function installAll(chosen: readonly Part[]): Promise<number> {
  const failed: string[] = []
  for (const part of chosen) if (!(await installOne(part))) failed.push(part.name)
  if (failed.length > 0) say(`failed: ${failed.join(', ')}; run again: npm run e2e:setup -- ${failed.join(' ')}`)
  return failed.length === 0 ? 0 : 1
}

async function installOne(part: Part): Promise<boolean> {
  const what = `${part.name} ${part.version} (${part.source})`
  if (await part.installed(defaultCache)) {
    say(`${what}: installed already`)
    return true
  }
  const begun = performance.now()
  const seconds = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`
  say(`${what}: installing`)
  try {
    await part.install(defaultCache, (line) => say(`  ${line}`))
    say(`${what}: installed in ${seconds()}`)
    return true
  } catch (error) {
    say(`${what}: failed after ${seconds()}: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

process.exitCode = await main(process.argv.slice(2))
