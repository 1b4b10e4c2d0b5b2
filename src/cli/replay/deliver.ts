import { WriteStream } from 'node:tty'
import type { CommandContext } from '../command.ts'
import { packageVersion } from '../version.ts'
import { commandLine } from './command-line.ts'
import { type ReplayConfig, replayFields } from './fields.ts'
import { formatCount, formatSpan } from './format.ts'
import { summaryJson } from './json.ts'
import { reportHtml } from './report/report-html.ts'
import type { PolicyRun } from './result.ts'
import { summarize } from './summary.ts'
import { renderTable } from './table.ts'
import type { Trace } from './trace.ts'
import { writeFileAtomic } from './write-file.ts'

/** Prints the policies side by side, and writes the files asked for. */
export async function deliver(replay: {
  readonly trace: Trace
  readonly runs: readonly PolicyRun[]
  readonly config: ReplayConfig
  readonly context: CommandContext
}): Promise<void> {
  const { trace, runs, config, context } = replay
  const { stdout, args } = context
  const { engine, replicas, speed, seed } = config
  const parameters = { trace: trace.name, engine, replicas, speed, seed }
  const summaries = runs.map((run) => summarize(run, replicas))
  stdout.write(`${headline(trace, config)}\n\n`)
  stdout.write(renderTable(summaries, widthOf(stdout)))
  stdout.write(`\n${pace(runs)}\n`)
  if (config.json !== undefined) {
    await writeFileAtomic(config.json, summaryJson(parameters, summaries))
    stdout.write(`Summary written to ${config.json}\n`)
  }
  if (config.html !== undefined) {
    const command = commandLine(replayFields, config, args)
    await writeFileAtomic(
      config.html,
      await reportHtml({ parameters, command, version: packageVersion(), runs, summaries }),
    )
    stdout.write(`Report written to ${config.html}\n`)
  }
}

function headline({ name, requests }: Trace, { replicas, engine, speed, seed }: ReplayConfig): string {
  const lastMs = (requests.at(-1)?.atMs ?? 0) / speed
  const arrivals = `${formatCount(requests.length)} requests over ${formatSpan(lastMs)}`
  return `${name}: ${arrivals}; ${replicas} × ${engine}, speed ${speed}, seed ${seed}`
}

/** Where there is no terminal to ask, or one that does not know (0 columns). */
const pageWidth = 100

const widthOf = (stdout: NodeJS.WritableStream): number =>
  stdout instanceof WriteStream && stdout.columns > 0 ? stdout.columns : pageWidth

/** Wall time: on the terminal only, as it differs from run to run. */
function pace(runs: readonly PolicyRun[]): string {
  const total = formatSpan(runs.reduce((sum, { wallMs }) => sum + wallMs, 0))
  const micros = runs.flatMap(({ decisionMicros }) => decisionMicros ?? []).map(Math.round)
  if (micros.length === 0) return `Replayed in ${total}.`
  return `Replayed in ${total}; a routing decision took ${Math.min(...micros)} to ${Math.max(...micros)} µs, by policy.`
}
